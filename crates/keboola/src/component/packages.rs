//! Which packages are installed, and in which order (reference §8.2).

/// The component's own library, there in every job.
const ALWAYS: &str = "keboola.component";

/// The packages in the order of their installation, each by an install of its own.
///
/// `keboola.component` comes first unless it is listed exactly by that name; `keboola.component==1.6`
/// or another case is not that name, and is then installed after it, as in a job.
#[must_use]
pub fn packages(listed: &[String]) -> Vec<String> {
    let mut all = Vec::with_capacity(listed.len() + 1);
    if !listed.iter().any(|package| package == ALWAYS) {
        all.push(ALWAYS.to_owned());
    }
    all.extend_from_slice(listed);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_component_library_is_always_there() {
        for (listed, all) in [
            (&[][..], &["keboola.component"][..]),
            (&["pandas"], &["keboola.component", "pandas"]),
            (&["b", "a", "b"], &["keboola.component", "b", "a", "b"]),
            (
                &["pandas", "keboola.component"],
                &["pandas", "keboola.component"],
            ),
            (
                &["keboola.component==1.6.0"],
                &["keboola.component", "keboola.component==1.6.0"],
            ),
            (
                &["keboola-component"],
                &["keboola.component", "keboola-component"],
            ),
        ] {
            let listed: Vec<String> = listed.iter().map(ToString::to_string).collect();
            assert_eq!(packages(&listed), all);
        }
    }
}
