//! Builds the unpacked extension: wasm of the five places, their glue, the static files, the runner.
//!
//! What runs before (the toolchain, npm packages) is `build.sh`'s business. wasm-bindgen comes as a
//! library, so that the glue's version is the one of the lock file and can never drift.

mod bundle;
mod error;
mod extension;
mod manifest;
mod match_pattern;
mod runner_bundle;
mod sizes;
mod wasm;
mod wasm_opt;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::error::XtaskError;

#[derive(Parser)]
#[command(about = "Builds and packages the extension.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the unpacked extension.
    Build {
        /// `release` is small and slow to build, `dev` is quick to build and keeps names.
        #[arg(long, value_enum, default_value_t = Profile::Release)]
        profile: Profile,
        /// The folder that Chrome loads. It is replaced as a whole.
        #[arg(long, default_value = "dist")]
        out: PathBuf,
    },
    /// Prints the sizes of an extension that is built already, as JSON.
    Sizes {
        /// The folder of the extension.
        #[arg(long, default_value = "dist")]
        out: PathBuf,
    },
}

/// How much work goes into the wasm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Profile {
    Dev,
    Release,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), XtaskError> {
    let root = workspace_root();
    match arguments.command {
        Command::Build { profile, out } => {
            extension::build(&root, profile, &root.join(out))?;
        }
        Command::Sizes { out } => sizes::print_json(&sizes::measure(&root.join(out))?)?,
    }
    Ok(())
}

/// The checkout that this program was built from.
fn workspace_root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .map_or_else(|| here.clone(), PathBuf::from)
}
