//! A list whose rows stay what they are while others come and go: focus, selection and open parts
//! of a row survive.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::reactive::owner::Owner;
use web_sys::Node;

use super::{El, View, comment, follow, fragment};

/// A row that is shown.
struct Row<K> {
    key: K,
    node: Node,
    /// Owns what was made for the row.
    owner: Owner,
}

/// The rows of `items`, one `view` for each new `key`.
pub fn keyed<T, K>(
    items: impl Fn() -> Vec<T> + 'static,
    key: impl Fn(&T) -> K + 'static,
    view: impl Fn(T) -> El + 'static,
) -> View
where
    T: 'static,
    K: PartialEq + 'static,
{
    let list = fragment();
    let end = comment();
    let _ = list.append_child(&end);
    // Not the owner of the effect below, which forgets everything each time it runs.
    let owner = Owner::current().unwrap_or_default();
    let shown: Rc<RefCell<Vec<Row<K>>>> = Rc::default();
    follow(Box::new(move || {
        let mut before = shown.take();
        let mut now = Vec::new();
        for item in items() {
            let key = key(&item);
            let row = match before.iter().position(|row| row.key == key) {
                Some(at) => before.remove(at),
                None => {
                    let owner = owner.child();
                    let node = owner.with(|| view(item).element::<Node>());
                    Row { key, node, owner }
                }
            };
            now.push(row);
        }
        for gone in before {
            if let Some(parent) = gone.node.parent_node() {
                let _ = parent.remove_child(&gone.node);
            }
            gone.owner.cleanup();
        }
        place(&now, &end);
        shown.replace(now);
    }));
    View(list.into())
}

/// Puts the rows in order before the end. A row that stands right is not touched, which would
/// take the focus from it.
fn place<K>(rows: &[Row<K>], end: &Node) {
    let Some(parent) = end.parent_node() else {
        return;
    };
    let mut next = end.clone();
    for row in rows.iter().rev() {
        let stands = row
            .node
            .next_sibling()
            .is_some_and(|it| it.is_same_node(Some(&next)));
        if !stands {
            let _ = parent.insert_before(&row.node, Some(&next));
        }
        next = row.node.clone();
    }
}
