//! Paths in a sandbox: absolute, with slashes.

/// The folder that is shown first; where it is missing, the user's own.
pub const FIRST: [&str; 3] = ["/data", "/home/user", "/"];

/// A path below a folder.
#[must_use]
pub fn join(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches('/'))
}

/// The folder that a path is in; the root's is the root.
#[must_use]
pub fn parent(path: &str) -> &str {
    match path.trim_end_matches('/').rsplit_once('/') {
        None | Some(("", _)) => "/",
        Some((parent, _)) => parent,
    }
}

/// Names and paths from the root to a folder: `/data/in` is `/`, `data`, `in`.
#[must_use]
pub fn trail(folder: &str) -> Vec<(String, String)> {
    let mut trail = vec![("/".to_owned(), "/".to_owned())];
    let mut path = String::new();
    for name in folder.split('/').filter(|name| !name.is_empty()) {
        path = format!("{path}/{name}");
        trail.push((name.to_owned(), path.clone()));
    }
    trail
}

/// A name for a new or renamed entry.
///
/// # Errors
/// Why it cannot be one, in a sentence.
pub fn name_of_field(text: &str) -> Result<&str, &'static str> {
    let name = text.trim();
    if name.is_empty() {
        return Err("Enter a name.");
    }
    if name.contains('/') {
        return Err("A name cannot have a slash in it.");
    }
    if matches!(name, "." | "..") || name.chars().any(char::is_control) {
        return Err("This cannot be a name.");
    }
    if name.len() > 255 {
        return Err("A name has at most 255 bytes.");
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_and_taken_apart() {
        assert_eq!(join("/", "a"), "/a");
        assert_eq!(join("/data", "a b"), "/data/a b");
        for (path, above) in [("/", "/"), ("/a", "/"), ("/a/b", "/a"), ("/a/b/", "/a")] {
            assert_eq!(parent(path), above, "{path}");
        }
        let names = |path| trail(path).into_iter().map(|it| it.0).collect::<Vec<_>>();
        assert_eq!(names("/"), ["/"]);
        assert_eq!(names("/data/in"), ["/", "data", "in"]);
        assert_eq!(trail("/data/in")[2].1, "/data/in");
    }

    #[test]
    fn a_name_is_one_step() {
        assert_eq!(name_of_field(" a b.csv "), Ok("a b.csv"));
        let long = "x".repeat(256);
        for bad in ["", "  ", "a/b", ".", "..", "a\nb", &long] {
            assert!(name_of_field(bad).is_err(), "{bad:?}");
        }
    }
}
