//! The folder of the sandbox that files go straight into.

/// Where files go unless another folder is chosen: no run empties it.
pub const DEFAULT: &str = "/data/input/";

/// Folders that a run empties before it begins.
const EMPTIED: [&str; 2] = ["/data/in", "/data/out"];

/// The folder as typed, without doubled slashes and without one at its end.
///
/// # Errors
/// Why it cannot be one, in a sentence.
pub fn of_field(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if !text.starts_with('/') {
        return Err("A folder of the sandbox begins with a slash, as /data/input does.");
    }
    if text.chars().any(char::is_control) {
        return Err("A folder cannot have control characters in its name.");
    }
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
    if parts.iter().any(|part| matches!(*part, "." | "..")) {
        return Err("Write the folder without . and ..");
    }
    if parts.iter().any(|part| part.len() > 255) {
        return Err("One of its names is longer than 255 bytes.");
    }
    Ok(format!("/{}", parts.join("/")))
}

/// Whether a run empties it before it begins.
#[must_use]
pub fn is_emptied(folder: &str) -> bool {
    EMPTIED.iter().any(|emptied| {
        let below = folder.strip_prefix(emptied);
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_absolute_and_plain() {
        for (typed, folder) in [
            ("/data/input/", "/data/input"),
            (" //data///x ", "/data/x"),
            ("/", "/"),
            ("/ž ä/…", "/ž ä/…"),
        ] {
            assert_eq!(of_field(typed).as_deref(), Ok(folder), "{typed:?}");
        }
        let long = format!("/{}", "x".repeat(256));
        for typed in ["", "data", "~/x", "/a/../b", "/./a", "/a\u{7}", &long] {
            assert!(of_field(typed).is_err(), "{typed:?}");
        }
        assert!(of_field(DEFAULT).is_ok_and(|it| !is_emptied(&it)));
    }

    #[test]
    fn what_a_run_empties_is_known() {
        for (folder, emptied) in [
            ("/data/in", true),
            ("/data/in/files/a", true),
            ("/data/out", true),
            ("/data/input", false),
            ("/data", false),
            ("/home/data/in", false),
        ] {
            assert_eq!(is_emptied(folder), emptied, "{folder}");
        }
    }
}
