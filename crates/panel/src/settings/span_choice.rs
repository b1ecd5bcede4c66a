//! A span of time that is chosen from a few, or typed.

/// Shortest and longest life of a sandbox, in seconds (reference e2b §2).
pub const LIFE: (u32, u32) = (30, 86_400);

/// The lives that are offered, in seconds; the first is the default.
pub const LIVES: [u32; 3] = [300, 600, 1_800];

/// The limits of a run that are offered, in seconds; 0 is none.
pub const LIMITS: [u32; 4] = [0, 300, 600, 1_800];

/// A typed number of seconds.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn typed_seconds(text: &str, (least, most): (u32, u32)) -> Result<u32, String> {
    let wrong = || format!("Enter whole seconds, from {least} to {most}.");
    let seconds: u32 = text.trim().parse().map_err(|_| wrong())?;
    if (least..=most).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use messages::worker::Settings;

    use super::*;

    #[test]
    fn the_defaults_are_offered() {
        let settings = Settings::default();
        assert_eq!(settings.life_seconds, LIVES[0]);
        assert_eq!(settings.limit_seconds, LIMITS[0]);
    }

    #[test]
    fn only_whole_seconds_in_the_range_are_taken() {
        assert_eq!(typed_seconds(" 45 ", LIFE), Ok(45));
        assert_eq!(typed_seconds("86400", LIFE), Ok(86_400));
        for text in ["", "29", "86401", "1.5", "-30", "1e3", "5 min"] {
            let why = typed_seconds(text, LIFE).unwrap_err();
            assert!(why.contains("from 30 to 86400"), "{text}");
        }
    }
}
