//! The tables and files of the last run.

use messages::engine::{OutputKind, OutputView};
use ui::controls::copy_button;
use ui::dom::prelude::*;
use ui::feed::is_active;
use ui::format::{bytes, counted};

use crate::run::words::output_path;
use crate::state::Panel;

/// The tab.
pub(crate) fn outputs_tab(panel: Panel) -> View {
    let outputs = Memo::new(move |_| {
        panel.run.with(|run| {
            run.as_ref()
                .map(|run| (is_active(run), run.outputs.clone()))
        })
    });
    (move || match outputs.get() {
        None => empty("No run yet. Run the configuration, and what its script writes to out/tables and out/files is listed here."),
        Some((true, outputs)) if outputs.is_empty() => empty("The run goes on. Its outputs are listed here when the script has ended."),
        Some((false, outputs)) if outputs.is_empty() => empty("The last run wrote nothing to out/tables or out/files."),
        Some((_, outputs)) => {
            let (tables, files): (Vec<_>, Vec<_>) = outputs
                .into_iter()
                .partition(|it| it.kind == OutputKind::Table);
            (
                section("Tables", tables),
                section("Files", files),
                p().attr("class", "dim").child(
                    "These stand in the sandbox only: nothing was written to Storage.",
                ),
            )
                .into_any()
        }
    })
    .into_any()
}

fn empty(words: &'static str) -> View {
    p().attr("class", "empty-tab dim").child(words).into_any()
}

fn section(title: &'static str, outputs: Vec<OutputView>) -> Option<View> {
    if outputs.is_empty() {
        return None;
    }
    let total: u64 = outputs.iter().map(|it| it.bytes).sum();
    let rows: Vec<_> = outputs.into_iter().map(output).collect();
    Some(
        (
            div().attr("class", "row").child((
                h2().attr("class", "grow").child(title),
                span().attr("class", "num").child(bytes(total)),
            )),
            ul().attr("class", "card")
                .attr("aria-label", format!("Output {}", title.to_lowercase()))
                .child(rows),
        )
            .into_any(),
    )
}

fn output(output: OutputView) -> View {
    let path = format!("/data/{}", output_path(&output));
    let columns = output.columns.len() as u64;
    let mut facts = vec![bytes(output.bytes)];
    if columns > 0 {
        facts.push(counted(columns, "column"));
    }
    let chips: Vec<_> = output
        .columns
        .into_iter()
        .map(|it| code().attr("class", "chip").child(it))
        .collect();
    li().attr("class", "item")
        .child((
            div().attr("class", "row").child((
                strong().attr("class", "grow").child(output.name),
                output
                    .rows
                    .map(|rows| span().attr("class", "num").child(counted(rows, "row"))),
                copy_button("Copy sandbox path", path),
            )),
            div().attr("class", "meta num").child(facts.join(" · ")),
            (columns > 0).then(|| {
                details().child((
                    summary().child("Columns"),
                    div().attr("class", "chips").child(chips),
                ))
            }),
            match output.manifest {
                Some(manifest) => details()
                    .child((summary().child("Manifest"), pre().child(manifest)))
                    .into_any(),
                None => span().attr("class", "dim").child("No manifest").into_any(),
            },
        ))
        .into_any()
}
