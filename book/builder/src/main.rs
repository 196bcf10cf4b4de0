//! `cargo book` builds the book, serves it, and fills in its pages for `mdbook build book`.
#![forbid(unsafe_code)]

use std::io;
use std::process::ExitCode;

use anyhow::{Context, Result};
use builder::page::Pages;
use builder::{build, built, root, server};
use clap::{Parser, Subcommand};
use mdbook_preprocessor::{MDBOOK_VERSION, Preprocessor, parse_input};

/// Builds the book, and serves it on this machine; a page that is saved is built again.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    /// Only build it, in target/book.
    #[arg(long)]
    build: bool,
    /// Open it in a browser, too.
    #[arg(long, conflicts_with = "build")]
    open: bool,
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Fills in the pages that mdBook sends: `mdbook build book` calls this.
    Preprocess,
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
    if let Some(Task::Preprocess) = arguments.task {
        return preprocess();
    }
    let root = root();
    build(&root)?;
    println!("built: {}", built(&root).join("index.html").display());
    if arguments.build {
        return Ok(());
    }
    server::serve(&root, |address| {
        println!("the book is at {address}; Ctrl-C ends it");
        if arguments.open
            && let Err(error) = open::that_detached(address)
        {
            eprintln!("no program opens it: {error}");
        }
    })
}

/// Speaks mdBook's protocol: the book comes as JSON on standard input, and goes back,
/// filled in, on standard output. Every other word belongs on standard error.
fn preprocess() -> Result<()> {
    let (context, book) = parse_input(io::stdin().lock())
        .with_context(|| format!("this isn't a book from mdBook {MDBOOK_VERSION}"))?;
    let book = Pages.run(&context, book)?;
    Ok(serde_json::to_writer(io::stdout().lock(), &book)?)
}
