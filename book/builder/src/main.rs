//! `cargo book`: builds the book and serves it.
#![forbid(unsafe_code)]

use std::process::{Command, ExitCode};

use anyhow::Result;
use builder::{build, built, root, server};
use clap::Parser;

/// Builds the book, and serves it on this machine; a page that is saved is built again.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Only build it, in target/book.
    #[arg(long)]
    build: bool,
    /// Open it in a browser, too.
    #[arg(long, conflicts_with = "build")]
    open: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let root = root();
    build(&root)?;
    println!("built: {}", built(&root).join("index.html").display());
    if arguments.build {
        return Ok(());
    }
    server::serve(&root, |address| {
        println!("the book is at {address}; Ctrl-C ends it");
        if arguments.open {
            open(address);
        }
    })
}

/// With the program that the system has for it; without one the address is enough.
fn open(address: &str) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    if Command::new(program).arg(address).spawn().is_err() {
        eprintln!("{program} is not there to open it");
    }
}
