//! Which keys are there.

use messages::Problem;
use messages::worker::{Keys, ReadKeys};
use ui::dom::prelude::*;
use ui::icon::{Icon, icon};
use ui::notice::problem;
use webext::calls::call;

use crate::view::ActiveTab;
use crate::words::key_lines;

/// The list. Keys are entered in the panel, beside the project that they are for.
pub(crate) fn keys(tab: RwSignal<ActiveTab>) -> View {
    let read = RwSignal::new(None::<Result<Keys, Problem>>);
    Effect::new(move |_| {
        let configuration = match tab.get() {
            ActiveTab::Asking => return,
            ActiveTab::Configuration(configuration) => Some(configuration),
            ActiveTab::Other => None,
        };
        leptos::task::spawn_local(async move {
            read.set(Some(call(&ReadKeys { configuration }).await));
        });
    });
    section()
        .child((h2().child("Keys"), move || match read.get()? {
            Ok(keys) => {
                let lines: Vec<_> = key_lines(&keys)
                    .into_iter()
                    .map(|(there, words)| {
                        let (class, mark) = if there {
                            ("good", Icon::Check)
                        } else {
                            ("dim", Icon::Warning)
                        };
                        li().attr("class", "key").child((
                            span().attr("class", class).child(icon(mark)),
                            span().child(words),
                        ))
                    })
                    .collect();
                Some(ul().attr("aria-label", "Keys").child(lines).into_any())
            }
            Err(failed) => Some(problem(&failed, None)),
        }))
        .into_any()
}
