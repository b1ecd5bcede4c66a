//! The button that a problem's action needs.

use messages::ProblemCode;

/// A button beside a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Opens Settings at the section with this id.
    Settings(&'static str),
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
        P::TokenMissing | P::TokenInvalid | P::TokenForeign | P::TokenForbidden => {
            Remedy::Settings("token")
        }
        P::TemplateMissing | P::SandboxLifeTooLong | P::RunLimit => Remedy::Settings("sandbox"),
        P::TooManySandboxes => Remedy::Settings("sandboxes"),
        P::E2bUnreachable
        | P::E2bRefused
        | P::RateLimited
        | P::SandboxVanished
        | P::SandboxBroken
        | P::StorageUnreachable
        | P::StorageRefused
        | P::StorageMaintenance
        | P::ConfigurationMissing
        | P::NoCode
        | P::GitSource
        | P::VenvUnsupported
        | P::UserPropertiesInvalid
        | P::InputTableMissing
        | P::MappingInvalid
        | P::ExportFailed
        | P::InputFailed
        | P::PackagesFailed
        | P::ScriptFailed
        | P::ScriptKilled
        | P::RunStopped
        | P::StreamLost
        | P::Internal => Remedy::RunAgain,
        P::SecretsNeeded
        | P::NotAConfiguration
        | P::RunBusy
        | P::FileTooLarge
        | P::FileNameInvalid
        | P::FileUnreadable
        | P::UploadFailed
        | P::UploadCancelled
        | P::ProviderUnsupported
        | P::PermissionNeeded
        | P::Covered => Remedy::Elsewhere,
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
            // The sandbox's life is one of two ways out; the other is to run again.
            if *code != ProblemCode::SandboxVanished && named {
                assert!(offered, "{code:?}");
            }
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
