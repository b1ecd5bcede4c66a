//! Where the picked files go, and under which tags.

use messages::ConfigurationUrl;
use messages::engine::UploadTo;
use ui::dom::prelude::*;
use ui::notice::{Tone, notice};

use super::choice::tags;
use super::sandbox_folder::{self, is_emptied};
use crate::state::Panel;

/// The tag of every file that this extension uploads.
const OWN_TAG: &str = "kbc-e2b-writer";

/// What was chosen.
#[derive(Clone, Copy)]
pub(super) struct Target {
    /// The user's own tags, as typed.
    pub(super) tags: RwSignal<String>,
    /// To Storage.
    pub(super) to_storage: RwSignal<bool>,
    /// Into the sandbox: fetched from Storage, or straight when it does not go there.
    pub(super) to_sandbox: RwSignal<bool>,
    /// The sandbox's folder for what goes there straight, as typed.
    pub(super) folder: RwSignal<String>,
    /// Several files as one archive.
    pub(super) as_zip: RwSignal<bool>,
    /// The archive's name as typed; `None` for the one that is suggested.
    pub(super) zip_name: RwSignal<Option<String>>,
}

impl Target {
    /// Storage and from there the sandbox, without tags.
    pub(super) fn new() -> Self {
        Self {
            tags: RwSignal::new(String::new()),
            to_storage: RwSignal::new(true),
            to_sandbox: RwSignal::new(true),
            folder: RwSignal::new(sandbox_folder::DEFAULT.to_owned()),
            as_zip: RwSignal::new(false),
            zip_name: RwSignal::new(None),
        }
    }

    /// The tags that are set anyway.
    pub(super) fn always(self, own: &ConfigurationUrl) -> [&str; 2] {
        [OWN_TAG, &own.configuration]
    }

    /// Whether files go straight into the sandbox.
    pub(super) fn is_straight(self) -> bool {
        !self.to_storage.get() && self.to_sandbox.get()
    }

    /// Why nothing can be sent so; `None` when it can.
    pub(super) fn refusal(self) -> Option<&'static str> {
        if self.is_straight() {
            return self.folder.with(|it| sandbox_folder::of_field(it).err());
        }
        (!self.to_storage.get()).then_some("Choose where to send the files.")
    }

    /// Where files go, as it is sent.
    pub(super) fn chosen(self, own: &ConfigurationUrl) -> UploadTo {
        let to_sandbox = self.to_sandbox.get_untracked();
        let folder = self
            .folder
            .with_untracked(|it| sandbox_folder::of_field(it));
        match folder {
            Ok(folder) if to_sandbox && !self.to_storage.get_untracked() => {
                UploadTo::Sandbox { folder }
            }
            _ => UploadTo::Storage {
                tags: tags(&self.tags.get_untracked(), &self.always(own)),
                to_sandbox,
            },
        }
    }
}

/// The two check boxes, and what belongs to each.
pub(super) fn target_view(panel: Panel, target: Target) -> View {
    div()
        .attr("class", "fields")
        .child((
            h2().child("Send to"),
            check(target.to_storage, || "Keboola Storage", None),
            move || target.to_storage.get().then(|| tags_view(panel, target)),
            check(
                target.to_sandbox,
                move || match target.to_storage.get() {
                    true => "Sandbox, fetched from Storage",
                    false => "Sandbox, straight from this computer",
                },
                Some("where-sandbox"),
            ),
            move || match (target.to_storage.get(), target.to_sandbox.get()) {
                (true, _) => Some(fetched()),
                (false, true) => Some(straight(panel, target)),
                (false, false) => None,
            },
        ))
        .into_any()
}

fn check(
    chosen: RwSignal<bool>,
    words: impl Fn() -> &'static str + Copy + Send + Sync + 'static,
    described_by: Option<&'static str>,
) -> View {
    label()
        .attr("class", "check")
        .child((
            input()
                .attr("type", "checkbox")
                .attr("aria-describedby", described_by.map(str::to_owned))
                .prop("checked", move || chosen.get())
                .on(ev::change, move |event| {
                    chosen.set(event_target_checked(&event));
                }),
            move || words(),
        ))
        .into_any()
}

fn tags_view(panel: Panel, target: Target) -> View {
    let own = panel.url();
    let chips: Vec<_> = target
        .always(&own)
        .into_iter()
        .map(|tag| code().attr("class", "chip").child(tag.to_owned()))
        .collect();
    (
        div().attr("class", "below").child(
            label().attr("class", "field").child((
                span().child("Your tags"),
                input()
                    .attr("type", "text")
                    .attr("autocomplete", "off")
                    .attr("placeholder", "weather, 2026")
                    .attr("aria-describedby", "fixed-tags")
                    .prop("value", move || target.tags.get())
                    .on(ev::input, move |event| {
                        target.tags.set(event_target_value(&event));
                    }),
            )),
        ),
        p().attr("class", "below meta")
            .attr("id", "fixed-tags")
            .child(("Always set:", chips)),
    )
        .into_any()
}

fn fetched() -> View {
    p().attr("class", "below dim")
        .attr("id", "where-sandbox")
        .child((
            "Into ",
            code().child("/data/in/files/"),
            ", now if one lives and before each later run, as a job would get it.",
        ))
        .into_any()
}

fn straight(panel: Panel, target: Target) -> View {
    let bad = move || target.folder.with(|it| sandbox_folder::of_field(it).err());
    let emptied = move || {
        let folder = target.folder.with(|it| sandbox_folder::of_field(it));
        folder.is_ok_and(|it| is_emptied(&it))
    };
    let one_shot = move || {
        panel
            .settings
            .with(|it| it.as_ref().is_some_and(|it| !it.reuse))
    };
    div()
        .attr("class", "below fields")
        .child((
            label().attr("class", "field").child((
                span().child("Folder in the sandbox"),
                input()
                    .attr("type", "text")
                    .attr("class", "mono")
                    .attr("autocomplete", "off")
                    .attr("spellcheck", "false")
                    .attr("aria-invalid", move || bad().map(|_| "true"))
                    .prop("value", move || target.folder.get())
                    .on(ev::input, move |event| {
                        target.folder.set(event_target_value(&event));
                    }),
            )),
            move || bad().map(|why| p().attr("class", "failure").attr("role", "alert").child(why)),
            p().attr("class", "dim")
                .attr("id", "where-sandbox")
                .child("Storage gets no copy: the files end with the sandbox. One is made when none lives."),
            move || {
                emptied().then(|| {
                    let words = "A run empties this folder before it begins. Files that are to be                                  there in a run go to another folder, or to Storage.";
                    notice(Tone::Warning, p().child(words).into_any())
                })
            },
            move || {
                one_shot().then(|| {
                    let words = "Settings say that each run gets a new sandbox: no run will see                                  these files.";
                    notice(Tone::Warning, p().child(words).into_any())
                })
            },
        ))
        .into_any()
}
