//! The `imgsize` program.

mod cli;
mod tui;

/// The C library's heap keeps what large tables leave behind: with a million files on the
/// screen 433 MB where this one holds 370.
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main()
}
