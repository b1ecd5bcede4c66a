//! What saving would change, and the choice where two changed the same.

use messages::worker::{FieldChange, FieldConflict, SaveReview, Side};
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::notice::{Tone, notice};

use super::difference::difference;
use super::saving::Saving;
use super::told::reload;
use super::words;

/// The review, while there is one.
pub(super) fn review(saving: Saving) -> View {
    (move || Some(shown(saving, &saving.review.get()?))).into_any()
}

fn shown(saving: Saving, review: &SaveReview) -> View {
    let has_conflicts = !review.conflicts.is_empty();
    let conflicts: Vec<View> = review
        .conflicts
        .iter()
        .map(|it| conflict(saving, it))
        .collect();
    let changes: Vec<View> = review.changes.iter().map(change).collect();
    let has_changes = !changes.is_empty();
    section()
        .attr("class", "fields review")
        .attr("id", "review")
        .attr("tabindex", "-1")
        .attr("aria-label", "Review before saving")
        .child((
            h2().child("Review before saving"),
            (standing(saving, review), page_edited(saving)).into_any(),
            has_conflicts.then(|| both_sides(saving, review.conflicts.len())),
            conflicts,
            has_changes.then(|| h3().child("What is written")),
            changes,
            p().attr("class", "dim").child(match review.encrypted.is_empty() {
                true => "Nothing else in the configuration changes.".to_owned(),
                false => format!(
                    "Encrypted by Keboola before it is saved: {}. Nothing else in the configuration changes.",
                    review.encrypted.join(", ")
                ),
            }),
            description(saving),
            div().attr("class", "row wrap").child((
                button(
                    Look::Primary,
                    format!("Save as version {}", review.current.version + 1),
                    move || saving.save(),
                )
                    .attr("disabled", move || {
                        !saving.is_decided() || saving.doing.with(Option::is_some)
                    }),
                button(Look::Quiet, "Do not save", move || saving.close()),
                move || {
                    (!saving.is_decided()).then(|| {
                        span()
                            .attr("class", "dim")
                            .child("Choose a side of each conflict first.")
                    })
                },
            )),
        ))
        .into_any()
}

/// Which version it is held against, and that it is a newer one than the edits began from.
fn standing(saving: Saving, review: &SaveReview) -> View {
    let now = saving.panel.now.get_untracked();
    let current = words::version(&review.current, now);
    let moved = saving.moved.get_untracked();
    if review.base_version.is_none() && !moved {
        let words = format!("In Storage: {current}.");
        return p().attr("class", "dim").child(words).into_any();
    }
    let began = match review.base_version {
        Some(base) => format!("You started from {base}. "),
        None => String::new(),
    };
    let written = match moved {
        true => "Nothing was written yet. ",
        false => "",
    };
    let merged = match review.conflicts.len() {
        0 => "Your changes are in other fields: both stay.",
        1 => {
            "Fields that only one of you changed are merged below; choose for the one that both changed."
        }
        _ => {
            "Fields that only one of you changed are merged below; choose for those that both changed."
        }
    };
    let said = review.current.description.clone();
    notice(
        Tone::Warning,
        (
            p().child(strong().child(format!("{current}, is in Storage now."))),
            p().child(format!("{began}{written}{merged}")),
            said.filter(|it| !it.is_empty())
                .map(|it| p().attr("class", "dim").child(format!("“{it}”"))),
        )
            .into_any(),
    )
}

/// The page's own form is not ours to read: a person must know of it before they save.
fn page_edited(saving: Saving) -> View {
    (move || {
        saving.page_edited.get().then(|| {
            notice(
                Tone::Warning,
                (
                    p().child(strong().child("The page behind this panel may hold edits of its own.")),
                    p().child(
                        "Something was typed there after the newest version was saved. It is not part of this \
                         save, and the page's own Save would undo this one. Save it there first and review \
                         again, or drop it by reloading the page.",
                    ),
                    div()
                        .attr("class", "row")
                        .child(button(Look::Plain, "Reload the page", reload)),
                )
                    .into_any(),
            )
        })
    })
    .into_any()
}

fn both_sides(saving: Saving, count: usize) -> View {
    (
        h3().child("Changed by both"),
        (count > 1).then(|| {
            div().attr("class", "row wrap").child((
                button(Look::Plain, "Keep all of mine", move || {
                    saving.choose_all(Side::Mine);
                }),
                button(Look::Plain, "Keep all of theirs", move || {
                    saving.choose_all(Side::Theirs);
                }),
            ))
        }),
    )
        .into_any()
}

fn conflict(saving: Saving, it: &FieldConflict) -> View {
    let name = words::field(&it.field);
    fieldset()
        .attr("class", "conflict")
        .child((
            legend().child(name),
            side(saving, it, Side::Theirs),
            side(saving, it, Side::Mine),
        ))
        .into_any()
}

fn side(saving: Saving, it: &FieldConflict, side: Side) -> View {
    let (words, text) = match side {
        Side::Theirs => ("Theirs, in Storage", it.theirs.clone()),
        Side::Mine => ("Mine", it.mine.clone()),
    };
    let field = it.field.clone();
    let chosen = {
        let field = field.clone();
        move || {
            saving
                .choices
                .with(|choices| choices.get(&field) == Some(&side))
        }
    };
    (
        label().attr("class", "check").child((
            input()
                .attr("type", "radio")
                .attr("name", format!("side-{field}"))
                .prop("checked", chosen)
                .on(ev::change, move |_| saving.choose(&field, side)),
            span().child(words),
        )),
        difference(it.base.as_deref(), text.as_deref()),
    )
        .into_any()
}

fn change(it: &FieldChange) -> View {
    div()
        .attr("class", "change")
        .child((
            div().attr("class", "row").child((
                strong().child(words::field(&it.field)),
                span().attr("class", "num").child(words::kind(it)),
            )),
            difference(it.before.as_deref(), it.after.as_deref()),
        ))
        .into_any()
}

fn description(saving: Saving) -> View {
    div()
        .attr("class", "field")
        .child((
            label()
                .attr("for", "change-description")
                .child("Description of the change"),
            input()
                .attr("type", "text")
                .attr("id", "change-description")
                .attr("autocomplete", "off")
                .attr("maxlength", "500")
                .prop("value", move || saving.description.get())
                .on(ev::input, move |event| {
                    saving.description.set(event_target_value(&event));
                }),
        ))
        .into_any()
}
