//! How runs are done: template, life, limit, environment. Kept per configuration.

use messages::Problem;
use messages::worker::{ListTemplates, TemplateView};
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::icon::{Icon, icon};
use ui::notice::problem;
use webext::calls::call;

use super::environment::variables;
use super::environment_rows::{Rows, environment_rows};
use super::span_choice::{LIFE, LIMITS, LIVES};
use super::span_field::{Span, span_field};
use super::template_choices::choices;
use crate::state::{Panel, Tab};

/// What came of Save.
#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    Saved,
    Refused(String),
    Failed(Problem),
}

/// The section.
pub(super) fn run_settings(panel: Panel) -> View {
    let template = RwSignal::new(String::new());
    let life = Span::new(&LIVES, LIFE);
    let limit = Span::new(&LIMITS, (1, LIFE.1));
    let internet = RwSignal::new(true);
    let rows = Rows::new();
    let bad = RwSignal::new(None::<usize>);
    let outcome = RwSignal::new(None::<Outcome>);
    let known = Memo::new(move |_| panel.settings.with(Option::is_some));
    // Once, when they were read: what is being typed is not overwritten later.
    Effect::new(move |_| {
        if known.get()
            && let Some(settings) = panel.settings.get_untracked()
        {
            template.set(settings.template);
            life.show(settings.life_seconds);
            limit.show(settings.limit_seconds);
            internet.set(settings.internet);
            rows.show(settings.environment);
        }
    });
    let save = move || {
        bad.set(None);
        let chosen = template.get_untracked().trim().to_owned();
        let checked = check(&chosen, life, limit, rows);
        match checked {
            Err((row, why)) => {
                bad.set(row);
                outcome.set(Some(Outcome::Refused(why)));
            }
            Ok((life, limit, environment)) => leptos::task::spawn_local(async move {
                let stored = panel.store_settings(|settings| {
                    settings.template = chosen;
                    settings.life_seconds = life;
                    settings.limit_seconds = limit;
                    settings.environment = environment;
                    settings.internet = internet.get_untracked();
                });
                outcome.set(Some(match stored.await {
                    Ok(()) => Outcome::Saved,
                    Err(problem) => Outcome::Failed(problem),
                }));
            }),
        }
    };
    section()
        .attr("class", "fields")
        .attr("id", "sandbox")
        .attr("tabindex", "-1")
        .attr("aria-label", "Runs of this configuration")
        // Any edit makes the word about the last Save stale.
        .on(ev::input, move |_| outcome.set(None))
        .child((
            h2().child("Runs of this configuration"),
            template_field(panel, template),
            div().attr("class", "pair").child((
                span_field("Sandbox life", "life", life, "None"),
                span_field("Run limit", "limit", limit, "No limit"),
            )),
            p().attr("class", "dim")
                .child("Your e2b plan limits the life: 1 h on Hobby, 24 h on Pro."),
            internet_field(internet),
            environment_rows(rows, bad),
            div().attr("class", "row").child((
                button(Look::Primary, "Save settings", save),
                span()
                    .attr("class", "good")
                    .attr("role", "status")
                    .child(move || {
                        (outcome.get() == Some(Outcome::Saved))
                            .then(|| (icon(Icon::Check), "Saved"))
                    }),
            )),
            move || match outcome.get()? {
                Outcome::Saved => None,
                Outcome::Refused(why) => Some(
                    p().attr("class", "failure")
                        .attr("role", "alert")
                        .child(why)
                        .into_any(),
                ),
                Outcome::Failed(failed) => Some(problem(&failed, None)),
            },
        ))
        .into_any()
}

fn internet_field(internet: RwSignal<bool>) -> View {
    (
        label().attr("class", "check").child((
            input()
                .attr("type", "checkbox")
                .attr("aria-describedby", "without-internet")
                .prop("checked", move || internet.get())
                .on(ev::change, move |event| {
                    internet.set(event_target_checked(&event));
                }),
            "Sandboxes may reach the internet",
        )),
        p().attr("class", "below dim")
            .attr("id", "without-internet")
            .child(
                "Without it no input table or file of Storage gets there and no package is \
                 installed: the template must have keboola.component. Files that go straight into \
                 the sandbox get there.",
            ),
    )
        .into_any()
}

type Checked = (u32, u32, std::collections::BTreeMap<String, String>);

/// The values, or the row that is wrong (if it is one) and why.
fn check(
    template: &str,
    life: Span,
    limit: Span,
    rows: Rows,
) -> Result<Checked, (Option<usize>, String)> {
    if template.is_empty() {
        return Err((
            None,
            "Enter a template, for example code-interpreter-v1.".to_owned(),
        ));
    }
    let life = life
        .chosen()
        .map_err(|why| (None, format!("Sandbox life: {why}")))?;
    let limit = limit
        .chosen()
        .map_err(|why| (None, format!("Run limit: {why}")))?;
    let environment = variables(&rows.typed()).map_err(|bad| (Some(bad.row), bad.why))?;
    Ok((life, limit, environment))
}

fn template_field(panel: Panel, template: RwSignal<String>) -> View {
    let listed = RwSignal::new(Vec::<TemplateView>::new());
    let can_list = Memo::new(move |_| {
        let has_key = panel
            .keys
            .with(|keys| keys.as_ref().is_some_and(|keys| keys.e2b_key.is_some()));
        has_key && panel.tab.get() == Tab::Settings
    });
    Effect::new(move |_| {
        if can_list.get() {
            leptos::task::spawn_local(async move {
                // Without the list any name can be entered all the same.
                if let Ok(templates) = call(&ListTemplates {}).await {
                    listed.set(templates);
                }
            });
        }
    });
    div()
        .attr("class", "field")
        .child((
            label().attr("for", "template").child("Template"),
            input()
                .attr("type", "text")
                .attr("id", "template")
                .attr("list", "templates")
                .attr("autocomplete", "off")
                .attr("spellcheck", "false")
                .prop("value", move || template.get())
                .on(ev::input, move |event| {
                    template.set(event_target_value(&event));
                }),
            datalist().attr("id", "templates").child(move || {
                let offered = choices(&listed.get()).into_iter();
                offered
                    .map(|(name, words)| option().attr("value", name).child(words))
                    .collect::<Vec<_>>()
            }),
        ))
        .into_any()
}
