//! Events of a job as lines of a log.

use messages::engine::{LogLine, LogStream};
use messages::worker::{JobEventLevel, JobEventView};

/// The lines of an event; their time counts from `began`, in milliseconds since 1970. Its level
/// stands in words before it: nothing is told by colour alone.
#[must_use]
pub fn lines(event: &JobEventView, began: Option<u64>) -> Vec<LogLine> {
    let t = event
        .at
        .zip(began)
        .map(|(at, began)| at.saturating_sub(began));
    let t = t.map_or(0, |t| u32::try_from(t).unwrap_or(u32::MAX));
    let (stream, level) = match event.level {
        JobEventLevel::Info => (LogStream::Stdout, ""),
        JobEventLevel::Success => (LogStream::Stdout, "Success: "),
        JobEventLevel::Warning => (LogStream::Stderr, "Warning: "),
        JobEventLevel::Error => (LogStream::Stderr, "Error: "),
    };
    let text = event.text.trim_end_matches(['\r', '\n']);
    format!("{level}{text}")
        .split('\n')
        .map(|line| LogLine {
            t,
            stream,
            text: line.trim_end_matches('\r').to_owned(),
            continues: false,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_its_lines_with_its_level_and_time() {
        let event = |level, text: &str, at| JobEventView {
            id: "u".to_owned(),
            at,
            level,
            text: text.to_owned(),
        };
        let told = |event: &JobEventView| -> Vec<_> {
            lines(event, Some(1_000))
                .into_iter()
                .map(|line| (line.t, line.stream, line.text))
                .collect()
        };
        let line = |t, stream, text: &str| (t, stream, text.to_owned());
        use JobEventLevel as L;
        use LogStream::{Stderr, Stdout};
        assert_eq!(
            told(&event(L::Error, "Traceback\r\n  line 1\n", Some(3_500))),
            [
                line(2_500, Stderr, "Error: Traceback"),
                line(2_500, Stderr, "  line 1"),
            ]
        );
        assert_eq!(
            told(&event(L::Info, "begun", Some(900))),
            [line(0, Stdout, "begun")]
        );
        assert_eq!(
            told(&event(L::Warning, "", None)),
            [line(0, Stderr, "Warning: ")]
        );
        assert_eq!(
            told(&event(L::Success, "done", None)),
            [line(0, Stdout, "Success: done")]
        );
    }
}
