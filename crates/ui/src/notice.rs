//! A problem as people see it: what happened, why, what to do, and the button for it.

use crate::dom::prelude::*;
use messages::Problem;

use crate::icon::{Icon, icon};

/// How a notice looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something went wrong.
    Error,
    /// Something is needed.
    Warning,
    /// Something is good to know.
    Info,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Error => "notice error",
            Self::Warning => "notice warning",
            Self::Info => "notice info",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Error | Self::Warning => Icon::Warning,
            Self::Info => Icon::Info,
        }
    }
}

/// A box with an icon.
pub fn notice(tone: Tone, content: View) -> View {
    boxed(tone, content).into_any()
}

fn boxed(tone: Tone, content: View) -> El {
    div().attr("class", tone.class()).child((
        icon(tone.icon()),
        div().attr("class", "grow").child(content),
    ))
}

/// A problem, read out at once (`role="alert"`). `remedy` is the button that its action needs.
pub fn problem(problem: &Problem, remedy: Option<View>) -> View {
    let words = problem.code;
    let detail = problem
        .detail
        .clone()
        .map(|detail| code().attr("class", "detail").child(detail));
    boxed(
        Tone::Error,
        (
            p().child(strong().child(words.what())),
            p().child((words.why(), " ", words.action())),
            detail,
            remedy.map(|remedy| div().attr("class", "row").child(remedy)),
        )
            .into_any(),
    )
    .attr("role", "alert")
    .into_any()
}
