//! Taking the token of the page's own requests: explained first, then asked, then done once.

use messages::worker::{CAPTURE_MS, CancelCapture, CaptureToken};
use messages::{Problem, ProblemCode};
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::notice::{Tone, notice};
use webext::calls::call;
use webext::{permissions, scripting};

use super::secret_form::guarded;
use super::token::Section;

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing was pressed, and nothing looks at the page.
    Idle,
    /// The person reads what it means.
    Asked,
    /// The page's requests are looked at until then, in milliseconds since 1970.
    Looking { until: u64 },
}

/// The button, the question, the wait.
pub(super) fn capture(section: Section) -> View {
    let stage = RwSignal::new(Stage::Idle);
    // A panel that is closed takes nothing any more.
    window_event_listener(ev::pagehide, move |_| {
        if matches!(stage.get_untracked(), Stage::Looking { .. }) {
            cancel();
        }
    });
    div()
        .child(move || match stage.get() {
            Stage::Idle => idle(stage),
            Stage::Asked => question(section, stage),
            Stage::Looking { until } => looking(section, until),
        })
        .into_any()
}

fn idle(stage: RwSignal<Stage>) -> View {
    button(Look::Quiet, "Use the page's own token…", move || {
        enter(stage, Stage::Asked, "capture-question");
    })
    .attr("id", "capture-start")
    .into_any()
}

fn question(section: Section, stage: RwSignal<Stage>) -> View {
    let host = section
        .panel
        .configuration
        .with_value(|it| it.stack.as_str().to_owned());
    let points = [
        "It can do all that you can do in this project, far more than is needed here. A token \
         that you make for this work can do less harm."
            .to_owned(),
        "It lives as long as your session in Keboola. When that ends, the panel asks for a token \
         again."
            .to_owned(),
        "It is kept as a pasted one is: encrypted, in this browser only, until the browser closes \
         or you press Forget token."
            .to_owned(),
        format!(
            "After you agree, and for at most {} s, the extension looks at this page's requests \
             to {host} for this one header. It stops with the first one.",
            CAPTURE_MS / 1_000
        ),
    ];
    let points: Vec<_> = points.into_iter().map(|it| li().child(it)).collect();
    div()
        .attr("id", "capture-question")
        .attr("tabindex", "-1")
        .attr("role", "group")
        .attr("aria-label", "Use the page's own token")
        .child(notice(
            Tone::Warning,
            (
                p().child(strong().child(
                    "This is your own full-power token, with which you are signed in to Keboola.",
                )),
                ul().attr("class", "bullets").child(points),
                div().attr("class", "row").child((
                    button(Look::Plain, "Use my full-power token", move || {
                        guarded(section.panel, section.failed, move || agree(section, stage));
                    }),
                    button(Look::Plain, "Cancel", move || {
                        enter(stage, Stage::Idle, "capture-start");
                    }),
                )),
            )
                .into_any(),
        ))
        .into_any()
}

fn looking(section: Section, until: u64) -> View {
    let left = Memo::new(move |_| {
        until
            .saturating_sub(section.panel.now.get())
            .div_ceil(1_000)
            // The panel's clock may stand a moment behind.
            .min(u64::from(CAPTURE_MS / 1_000))
    });
    notice(
        Tone::Info,
        (
            p().attr("role", "status").child(
                "Waiting for the page's next request. Press something on the page, for example \
                 another tab of the configuration.",
            ),
            div().attr("class", "row").child((
                button(Look::Plain, "Cancel", cancel).attr("id", "capture-cancel"),
                span()
                    .attr("class", "num")
                    .child(move || format!("{} s left", left.get())),
            )),
        )
            .into_any(),
    )
}

fn agree(section: Section, stage: RwSignal<Stage>) {
    leptos::task::spawn_local(async move {
        // Nothing may be awaited before: the browser asks only inside a click.
        let reply = if permissions::request_api(scripting::PERMISSION).await {
            section.failed.set(None);
            let until = webext::clock::unix_ms() + u64::from(CAPTURE_MS);
            enter(stage, Stage::Looking { until }, "capture-cancel");
            call(&CaptureToken {
                configuration: section.panel.url(),
            })
            .await
        } else {
            Err(Problem::new(ProblemCode::CaptureNotAllowed))
        };
        enter(stage, Stage::Idle, "capture-start");
        match reply {
            Ok(None) => {}
            Ok(Some(report)) => section.take(Ok(report)).await,
            Err(problem) => section.failed.set(Some(problem)),
        }
    });
}

/// The reply of the capture itself then says that it is over.
fn cancel() {
    leptos::task::spawn_local(async {
        let _ = call(&CancelCapture {}).await;
    });
}

/// Goes on to a stage; what had the focus is gone with the stage before.
fn enter(stage: RwSignal<Stage>, to: Stage, focus: &'static str) {
    stage.set(to);
    request_animation_frame(move || crate::tabs::focus(focus));
}
