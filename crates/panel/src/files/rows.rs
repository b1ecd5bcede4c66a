//! The uploads as rows, each with a signal of its own: a change of one of a thousand wakes one row.

use std::collections::HashMap;

use messages::engine::UploadView;
use ui::dom::prelude::*;

use crate::state::Panel;

/// The rows.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    /// Ids of the uploads, oldest first.
    pub(super) ids: RwSignal<Vec<String>>,
    views: StoredValue<HashMap<String, ArcRwSignal<UploadView>>>,
}

impl Rows {
    /// Follows the panel's uploads.
    pub(super) fn follow(panel: Panel) -> Self {
        let rows = Self {
            ids: RwSignal::new(Vec::new()),
            views: StoredValue::new(HashMap::new()),
        };
        Effect::new(move |_| panel.uploads.with(|uploads| rows.take_in(uploads)));
        rows
    }

    fn take_in(self, uploads: &[UploadView]) {
        self.views.update_value(|views| {
            for upload in uploads {
                match views.get(&upload.upload) {
                    Some(row) => {
                        if row.with_untracked(|known| known != upload) {
                            row.set(upload.clone());
                        }
                    }
                    None => {
                        let row = ArcRwSignal::new(upload.clone());
                        views.insert(upload.upload.clone(), row);
                    }
                }
            }
        });
        let ids = uploads.iter().map(|it| it.upload.clone());
        let ids: Vec<String> = ids.collect();
        if self.ids.with_untracked(|known| *known != ids) {
            self.ids.set(ids);
        }
    }

    /// The view of one upload of the list.
    pub(super) fn view(self, id: &str) -> Option<ArcRwSignal<UploadView>> {
        self.views.with_value(|views| views.get(id).cloned())
    }
}
