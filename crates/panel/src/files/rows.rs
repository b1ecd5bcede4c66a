//! The uploads as rows, each with a signal of its own: a change of one of a thousand wakes one row.

use std::collections::HashMap;

use messages::engine::UploadView;
use ui::dom::prelude::*;

use super::bulk::{UPLOADS_SHOWN, shown};
use crate::state::Panel;

/// The rows.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    /// Ids of the uploads that have a row, oldest first.
    pub(super) ids: RwSignal<Vec<String>>,
    /// How many have one.
    pub(super) limit: RwSignal<usize>,
    views: StoredValue<HashMap<String, ArcRwSignal<UploadView>>>,
}

impl Rows {
    /// Follows the panel's uploads.
    pub(super) fn follow(panel: Panel) -> Self {
        let rows = Self {
            ids: RwSignal::new(Vec::new()),
            limit: RwSignal::new(UPLOADS_SHOWN),
            views: StoredValue::new(HashMap::new()),
        };
        Effect::new(move |_| {
            let limit = rows.limit.get();
            panel.uploads.with(|uploads| rows.take_in(uploads, limit));
        });
        rows
    }

    fn take_in(self, uploads: &[UploadView], limit: usize) {
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
        let ids = shown(uploads, limit);
        if self.ids.with_untracked(|known| *known != ids) {
            self.ids.set(ids);
        }
    }

    /// The view of one upload of the list.
    pub(super) fn view(self, id: &str) -> Option<ArcRwSignal<UploadView>> {
        self.views.with_value(|views| views.get(id).cloned())
    }
}
