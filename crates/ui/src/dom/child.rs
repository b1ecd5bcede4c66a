//! What can be a child: texts, elements, lists of them, and closures that give one.

use web_sys::Node;

use super::{El, View, comment, follow, fragment, text};

/// Something that can be put into an element.
pub trait Child {
    /// Puts it at the end.
    fn append_to(self, parent: &Node);

    /// Any view, to be mixed with others.
    fn into_any(self) -> View
    where
        Self: Sized,
    {
        let fragment = fragment();
        self.append_to(&fragment);
        View(fragment.into())
    }
}

fn append(parent: &Node, child: &Node) {
    let _ = parent.append_child(child);
}

impl Child for () {
    fn append_to(self, _: &Node) {}
}

impl Child for &str {
    fn append_to(self, parent: &Node) {
        append(parent, &text(self));
    }
}

impl Child for String {
    fn append_to(self, parent: &Node) {
        append(parent, &text(&self));
    }
}

impl Child for El {
    fn append_to(self, parent: &Node) {
        append(parent, &self.0);
    }
}

impl Child for View {
    fn append_to(self, parent: &Node) {
        append(parent, &self.0);
    }
}

impl<C: Child> Child for Option<C> {
    fn append_to(self, parent: &Node) {
        if let Some(child) = self {
            child.append_to(parent);
        }
    }
}

impl<C: Child> Child for Vec<C> {
    fn append_to(self, parent: &Node) {
        for child in self {
            child.append_to(parent);
        }
    }
}

impl<F, C> Child for F
where
    F: Fn() -> C + 'static,
    C: Child,
{
    fn append_to(self, parent: &Node) {
        changing(parent, Box::new(move |parent| self().append_to(parent)));
    }
}

/// Content between two marks that is replaced whenever a signal changes that it reads.
fn changing(parent: &Node, build: Box<dyn Fn(&Node)>) {
    let (start, end) = (comment(), comment());
    append(parent, &start);
    append(parent, &end);
    follow(Box::new(move || {
        while let Some(old) = start.next_sibling()
            && !old.is_same_node(Some(&end))
        {
            let Some(parent) = old.parent_node() else {
                break;
            };
            let _ = parent.remove_child(&old);
        }
        let fresh = fragment();
        build(&fresh);
        if let Some(parent) = end.parent_node() {
            let _ = parent.insert_before(&fresh, Some(&end));
        }
    }));
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {
        $(
            impl<$($name: Child),+> Child for ($($name,)+) {
                #[allow(non_snake_case)] // the type's name serves as the field's
                fn append_to(self, parent: &Node) {
                    let ($($name,)+) = self;
                    $( $name.append_to(parent); )+
                }
            }
        )*
    };
}

tuples! {
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E F)
    (A B C D E F G)
    (A B C D E F G H)
    (A B C D E F G H I)
}
