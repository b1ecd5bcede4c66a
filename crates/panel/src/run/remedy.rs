//! The button that a problem's action needs.

use messages::ProblemCode;

/// A button beside a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Opens Settings at the section with this id.
    Settings(&'static str),
    /// Asks the browser for the hosts that the detail names, and runs again.
    Allow,
    /// Runs again.
    RunAgain,
    /// None: what has to be done is done elsewhere.
    Elsewhere,
}

/// The button for a problem of a run.
#[must_use]
pub fn remedy(code: ProblemCode) -> Remedy {
    use ProblemCode as P;
    match code {
        P::E2bKeyMissing | P::E2bKeyInvalid | P::E2bKeyBlocked => Remedy::Settings("e2b-key"),
        P::TokenMissing
        | P::TokenInvalid
        | P::TokenRefused
        | P::TokenForeign
        | P::TokenForbidden => Remedy::Settings("token"),
        P::TemplateMissing | P::SandboxLifeTooLong | P::RunLimit | P::OutOfMemory => {
            Remedy::Settings("sandbox")
        }
        P::DomainMismatch | P::DomainInClear | P::ApiMissing => Remedy::Settings("service"),
        P::TooManySandboxes | P::SandboxTokenRefused => Remedy::Settings("sandboxes"),
        P::PermissionNeeded => Remedy::Allow,
        P::SecretsNeeded
        | P::DraftMissing
        | P::NotAConfiguration
        | P::RunBusy
        | P::StopUnseen
        | P::FileTooLarge
        | P::FileNameInvalid
        | P::FileUnreadable
        | P::UploadFailed
        | P::UploadCancelled
        | P::FileDiffers
        | P::ProviderUnsupported
        | P::CaptureEmpty
        | P::CaptureNotAllowed
        | P::ServiceInvalid
        | P::ServiceInUse
        | P::ServiceNotAllowed
        | P::Covered => Remedy::Elsewhere,
        // The tests below hold every row of the table against its own words.
        _ => Remedy::RunAgain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_name_settings_come_with_the_way_there() {
        for code in ProblemCode::ALL {
            let named = code.action().contains("under Settings");
            let offered = matches!(remedy(*code), Remedy::Settings(_));
            let run_again = code.action().starts_with("Run again");
            assert!(offered || !named || run_again, "{code:?}");
        }
    }

    #[test]
    fn words_that_say_allow_come_with_the_button() {
        for code in ProblemCode::ALL {
            let says = code.action().contains("Press Allow");
            assert_eq!(says, remedy(*code) == Remedy::Allow, "{code:?}");
        }
    }

    #[test]
    fn words_that_say_run_again_come_with_the_button() {
        for code in ProblemCode::ALL {
            let action = code.action();
            if action.starts_with("Run again") {
                assert_eq!(remedy(*code), Remedy::RunAgain, "{code:?}");
            }
        }
    }
}
