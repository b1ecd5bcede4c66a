//! The tabs: arrow keys move between them, and each keeps its state while another is shown.

use ui::dom::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::config::config_tab;
use crate::ending::ending;
use crate::files::files_tab;
use crate::jobs::jobs_tab;
use crate::outputs::outputs_tab;
use crate::refused_token::refused_token;
use crate::run::run_tab;
use crate::sandbox::sandbox_tab;
use crate::settings::settings_tab;
use crate::state::{Panel, Tab};

impl Tab {
    const ALL: [Self; 7] = [
        Self::Run,
        Self::Files,
        Self::Outputs,
        Self::Sandbox,
        Self::Config,
        Self::Jobs,
        Self::Settings,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Run => "Run",
            Self::Files => "Files",
            Self::Outputs => "Outputs",
            Self::Sandbox => "Sandbox",
            Self::Config => "Config",
            Self::Jobs => "Jobs",
            Self::Settings => "Settings",
        }
    }

    /// Id of the tab's button.
    fn id(self) -> &'static str {
        match self {
            Self::Run => "tab-run",
            Self::Files => "tab-files",
            Self::Outputs => "tab-outputs",
            Self::Sandbox => "tab-sandbox",
            Self::Config => "tab-config",
            Self::Jobs => "tab-jobs",
            Self::Settings => "tab-settings",
        }
    }

    /// Id of what the tab shows.
    fn body(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Files => "files",
            Self::Outputs => "outputs",
            Self::Sandbox => "sandbox-body",
            Self::Config => "config",
            Self::Jobs => "jobs",
            Self::Settings => "settings",
        }
    }

    /// The tab so many steps to the right, around the end.
    fn moved(self, steps: usize) -> Self {
        let at = Self::ALL.iter().position(|it| *it == self).unwrap_or(0);
        Self::ALL[(at + steps) % Self::ALL.len()]
    }
}

/// The row of tabs and what they show.
pub(crate) fn tabs(panel: Panel) -> View {
    (
        nav()
            .attr("class", "tabs")
            .attr("role", "tablist")
            .attr("aria-label", "Panel")
            .child(
                Tab::ALL
                    .map(|tab| tab_button(panel, tab))
                    .into_iter()
                    .collect::<Vec<_>>(),
            ),
        (refused_token(panel), ending(panel)).into_any(),
        body(panel, Tab::Run, run_tab(panel)),
        body(panel, Tab::Files, files_tab(panel)),
        body(panel, Tab::Outputs, outputs_tab(panel)),
        body(panel, Tab::Sandbox, sandbox_tab(panel)),
        body(panel, Tab::Config, config_tab(panel)),
        body(panel, Tab::Jobs, jobs_tab(panel)),
        body(panel, Tab::Settings, settings_tab(panel)),
    )
        .into_any()
}

fn tab_button(panel: Panel, tab: Tab) -> View {
    let selected = move || panel.tab.get() == tab;
    button()
        .attr("type", "button")
        .attr("id", tab.id())
        .attr("class", "tab-button")
        .attr("role", "tab")
        .attr("aria-controls", tab.body())
        .attr("aria-selected", move || selected().to_string())
        .attr("tabindex", move || if selected() { "0" } else { "-1" })
        .on(ev::click, move |_| panel.tab.set(tab))
        .on(ev::keydown, move |event| {
            let to = match event.key().as_str() {
                "ArrowRight" => tab.moved(1),
                "ArrowLeft" => tab.moved(Tab::ALL.len() - 1),
                "Home" => Tab::Run,
                "End" => Tab::Settings,
                _ => return,
            };
            event.prevent_default();
            panel.tab.set(to);
            focus(to.id());
        })
        .child(tab.name())
        .into_any()
}

fn body(panel: Panel, tab: Tab, content: View) -> View {
    div()
        .attr("id", tab.body())
        .attr("class", format!("tab {}", tab.body()))
        .attr("role", "tabpanel")
        .attr("aria-labelledby", tab.id())
        .attr("hidden", move || panel.tab.get() != tab)
        .child(content)
        .into_any()
}

/// Moves the focus to the element with this id.
pub(crate) fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id)
        && let Some(element) = element.dyn_ref::<HtmlElement>()
    {
        let _ = element.focus();
    }
}
