//! The wasm of the five places and of the checksum worker: compiled by cargo, bound by wasm-bindgen.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_bindgen_cli_support::Bindgen;

use crate::Profile;
use crate::error::{AtPath as _, XtaskError};

/// A crate that becomes a wasm of the extension.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Name of the crate, and of its files.
    pub(crate) name: &'static str,
    glue: Glue,
}

/// How the glue is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Glue {
    /// An ES module that an extension page or the worker imports.
    Module,
    /// A classic script: all that a content script can be.
    Classic,
}

/// All of them.
pub(crate) const PLACES: [Place; 6] = [
    Place {
        name: "checksum",
        glue: Glue::Module,
    },
    Place {
        name: "content",
        glue: Glue::Classic,
    },
    Place {
        name: "engine",
        glue: Glue::Module,
    },
    Place {
        name: "panel",
        glue: Glue::Module,
    },
    Place {
        name: "popup",
        glue: Glue::Module,
    },
    Place {
        name: "worker",
        glue: Glue::Module,
    },
];

impl Place {
    /// The folder of the extension that holds the glue and the wasm.
    pub(crate) fn folder(self) -> &'static str {
        match self.glue {
            Glue::Module => "wasm",
            Glue::Classic => "content",
        }
    }

    /// The wasm's file below the extension.
    pub(crate) fn wasm_file(self) -> PathBuf {
        Path::new(self.folder()).join(format!("{}_bg.wasm", self.name))
    }
}

/// Compiles every place; the answer is the folder that holds the `.wasm` files.
pub(crate) fn compile(root: &Path, profile: Profile) -> Result<PathBuf, XtaskError> {
    // A folder of its own, so that native builds and this one do not wait for each other.
    let target = root.join("target/wasm");
    let (name, folder) = match profile {
        Profile::Dev => ("dev", "debug"),
        Profile::Release => ("wasm", "wasm"),
    };
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root)
        .env("CARGO_TARGET_DIR", &target)
        .args(["build", "--lib", "--target", "wasm32-unknown-unknown"])
        .args(["--profile", name]);
    for place in PLACES {
        cargo.args(["--package", place.name]);
    }
    let status = cargo.status().map_err(|source| XtaskError::Start {
        tool: "cargo",
        source,
    })?;
    if !status.success() {
        return Err(XtaskError::Tool {
            tool: "cargo build for wasm32-unknown-unknown",
            status,
        });
    }
    Ok(target.join("wasm32-unknown-unknown").join(folder))
}

/// Writes the glue and the bound wasm of a place into the extension.
pub(crate) fn bind(
    place: Place,
    compiled: &Path,
    profile: Profile,
    out: &Path,
) -> Result<(), XtaskError> {
    let folder = out.join(place.folder());
    std::fs::create_dir_all(&folder).at(&folder)?;
    let mut bindgen = Bindgen::new();
    let result = match place.glue {
        Glue::Module => bindgen.web(true),
        Glue::Classic => bindgen.no_modules(true),
    };
    result.map_err(|error| refused(place, &error))?;
    bindgen
        .input_path(compiled.join(format!("{}.wasm", place.name)))
        .out_name(place.name)
        .typescript(false)
        .debug(profile == Profile::Dev)
        .remove_name_section(profile == Profile::Release)
        .remove_producers_section(true)
        .generate(&folder)
        .map_err(|error| refused(place, &error))
}

fn refused(place: Place, error: &dyn Display) -> XtaskError {
    XtaskError::Bindgen {
        name: place.name,
        reason: format!("{error:#}"),
    }
}
