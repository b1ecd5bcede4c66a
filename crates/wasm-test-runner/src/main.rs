//! What cargo starts a test program for the browser with: wasm-bindgen's runner as a library, so that
//! most of it is built already for the extension, and its version can never drift.

use std::error::Error;
use std::io::Write as _;

use wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo names the crate to us and not in its output, where counting must tell the crates apart.
    if let Ok(name) = std::env::var("CARGO_PKG_NAME") {
        writeln!(std::io::stdout(), "tests of crate {name}")?;
    }
    run_cli_with_args(std::env::args_os()).map_err(Into::into)
}
