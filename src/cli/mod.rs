//! The command line: raw arguments → typed calls, errors → exit codes.
//!
//! 0 is fine, 1 failed, 2 usage or configuration. What a person should read goes to the terminal's
//! standard error where standard output carries JSON.

mod accounts;
mod ask;
mod backup;
mod changed;
mod check;
mod classify;
mod compact;
mod deliveries;
mod demo;
mod digest;
mod erase;
mod eval;
mod export;
mod help;
mod inspect;
mod lines;
mod meaning;
mod named;
mod near;
mod politeness;
mod posts;
mod progress;
mod real_day;
mod reindex;
mod rejudge;
mod reply;
mod report;
mod run;
mod search;
mod selfcheck;
mod serve;
mod sources;
mod status;
mod summary;
mod target;
mod teach;
mod topics;
#[cfg(feature = "rust-bert")]
mod train;
mod verify;
mod why;
mod wrapped;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, Problems};

/// What are you hearing from others? Overheard reads feeds, blogs and social posts, judges them, and
/// writes each seller a digest with the evidence.
#[derive(Debug, Parser)]
#[command(name = "overheard", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Examples:
  overheard demo                         the main job on the sample market, in a minute
  overheard check                        is everything in sources/ and overheard.toml right?
  overheard sources add https://example.com
                                         listen to a place: what is there is shown first
  overheard run                          read what is due, judge it, write the digests of the morning
  overheard serve                        the same as a service, with compaction and backup at night
  overheard search 'cloud cost since:14d'
                                         what was said about it, with links
  overheard ask \"is anyone leaving the cloud?\"
                                         what others say, with the evidence
  overheard inspect https://example.com  what would we read there?
  overheard teach --queue                posts whose label would teach most
  overheard why 3f2a9c01                 why a post was judged as it was
  overheard deliveries                   what was sent to whom, what failed and why
  overheard status                       what is kept, and how each source fares
  overheard selfcheck                    how we behave towards a site, to show to its owner

Exit status: 0 fine, 1 failed, 2 wrong usage or configuration.")]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Options every command takes.
#[derive(Debug, Clone, Args)]
struct Common {
    /// The settings file [default: overheard.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of sources, topics, accounts and readers, instead of the one in the settings
    #[arg(long, global = true, value_name = "DIR")]
    sources: Option<PathBuf>,
    /// The folder of the store and the digests, instead of the one in the settings
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Say more of what is done (the environment's RUST_LOG says it finer)
    #[arg(long, short, global = true)]
    verbose: bool,
}

impl Common {
    /// The settings file, whether it is there or not.
    fn settings(&self) -> PathBuf {
        self.config.clone().unwrap_or_else(|| Config::DEFAULT_FILE.into())
    }

    /// The settings, with the folders the command line names instead.
    fn config(&self) -> Result<Config, Problems> {
        let mut config = Config::read(self.config.as_deref())?;
        if let Some(sources) = &self.sources {
            config.sources.clone_from(sources);
        }
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        Ok(config)
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the main job on the sample market, served on this machine
    Demo(demo::Demo),
    /// Read what is due, judge what is new, write the digests whose morning has come
    Run(run::Run),
    /// Do what `run` does whenever it is due, and compact and back up at night, until asked to end
    Serve(serve::Serve),
    /// Show a reader's digest of a date, as it was made then
    Digest(digest::Show),
    /// Show what was sent to whom, what failed and why; send again or give up
    Deliveries(deliveries::Deliveries),
    /// Take in a reader's answer to a digest: a mail on standard input
    Reply(reply::Reply),
    /// Show what became of the digests: by the week for the marketer, by the month for leaders
    Report(report::ReportOf),
    /// Ask what others say, and get an answer with its evidence
    Ask(ask::Ask),
    /// Show posts of like meaning: to a post, or to a text
    Near(near::Near),
    /// Show what we would read at a URL or in a file
    Inspect(inspect::Inspect),
    /// Judge texts: JSON lines in, JSON lines out
    Classify(classify::Classify),
    /// Say of posts whether they are about a topic, and see what that changes
    Teach(teach::Teach),
    /// List topics and how good their verdicts are; what other rules would change
    Topics(topics::Topics),
    /// Tell the whole story of a post's verdict
    Why(why::Why),
    /// Judge what is kept by the rules, labels and model in force
    Rejudge(rejudge::Rejudge),
    /// Check the settings and everything in the folder of sources
    Check(check::Check),
    /// List, add, pause, resume, remove, import, export and test sources; see how they fare
    Sources(sources::Sources),
    /// Take over the accounts of a CRM
    Accounts(accounts::Accounts),
    /// Find what was said: words, phrases, and what posts are about
    Search(search::Search),
    /// Build the index of words anew from the store
    Reindex(reindex::Reindex),
    /// Show what is kept, and how each source fares
    Status(status::Status),
    /// Show how we behave towards a site: our own client, tried on servers on this machine
    Selfcheck(selfcheck::Selfcheck),
    /// Check every value and index row of the store against each other
    Verify(verify::Verify),
    /// Drop what is too old, and give back the space of what was replaced
    Compact(compact::Compact),
    /// Bring a backup up to date, and prove it by restoring what is new in it
    Backup(backup::Backup),
    /// Restore a backup: all of it, one month, or what was heard before a date
    Restore(backup::Restore),
    /// Erase what somebody said, everywhere, so that it does not come back
    Erase(erase::Erase),
    /// Write everything that was heard and judged to a file of JSON lines
    Export(export::Export),
    /// Take in what an export holds; what is there already is not doubled
    Import(export::Import),
    /// Serve recorded feeds on this machine and run the whole job on them
    RealDay(real_day::RealDay),
    /// Measure us on real material that others gathered
    Eval(eval::Eval),
    /// Train a head from labelled material
    #[cfg(feature = "rust-bert")]
    Train(train::Train),
}

/// A call that cannot be carried out as it was written: exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// Runs the command of this process.
pub fn main() -> ExitCode {
    let cli = help::flowing(Cli::command())
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = cli.unwrap_or_else(|error| {
        let hint = search::meant(&error, std::env::args().skip(1));
        let Some(hint) = hint else { error.exit() };
        // Where it cannot be printed, neither can the hint.
        let _ = error.print();
        eprintln!("\n{hint}");
        std::process::exit(error.exit_code())
    });
    start_log(cli.common.verbose);
    match cli.command.run(&cli.common) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

impl Command {
    fn run(self, common: &Common) -> anyhow::Result<()> {
        match self {
            Self::Demo(demo) => demo.run(common),
            Self::Run(run) => run.run(common),
            Self::Serve(serve) => serve.run(common),
            Self::Digest(show) => show.run(common),
            Self::Deliveries(deliveries) => deliveries.run(common),
            Self::Reply(reply) => reply.run(common),
            Self::Report(report) => report.run(common),
            Self::Ask(ask) => ask.run(common),
            Self::Near(near) => near.run(common),
            Self::Inspect(inspect) => inspect.run(common),
            Self::Classify(classify) => classify.run(common),
            Self::Teach(teach) => teach.run(common),
            Self::Topics(topics) => topics.run(common),
            Self::Why(why) => why.run(common),
            Self::Rejudge(rejudge) => rejudge.run(common),
            Self::Check(check) => check.run(common),
            Self::Sources(sources) => sources.run(common),
            Self::Accounts(accounts) => accounts.run(common),
            Self::Search(search) => search.run(common),
            Self::Reindex(reindex) => reindex.run(common),
            Self::Status(status) => status.run(common),
            Self::Selfcheck(selfcheck) => selfcheck.run(common),
            Self::Verify(verify) => verify.run(common),
            Self::Compact(compact) => compact.run(common),
            Self::Backup(backup) => backup.run(common),
            Self::Restore(restore) => restore.run(common),
            Self::Erase(erase) => erase.run(common),
            Self::Export(export) => export.run(common),
            Self::Import(import) => import.run(common),
            Self::RealDay(real_day) => real_day.run(common),
            Self::Eval(eval) => eval.run(common),
            #[cfg(feature = "rust-bert")]
            Self::Train(train) => train.run(common),
        }
    }
}

/// Says what went wrong, and turns it into an exit status.
fn report(error: &anyhow::Error) -> ExitCode {
    // A reader of our output that went away (`| head`) is no failure.
    let gone = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(gone) {
        return ExitCode::SUCCESS;
    }
    if let Some(problems) = error.downcast_ref::<Problems>() {
        if error.chain().count() > 1 {
            eprintln!("{error}:");
        }
        eprintln!("{problems}");
        let count = problems.0.len();
        eprintln!(
            "{count} {} to mend, then run again",
            if count == 1 { "thing" } else { "things" }
        );
        return ExitCode::from(2);
    }
    eprintln!("error: {}", causes(error));
    if error.is::<Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}

/// An error and its causes on one line; one that only repeats what stands before it is left out.
fn causes(error: &anyhow::Error) -> String {
    let mut words = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !words.contains(&cause) {
            let join = if words.is_empty() { "" } else { ": " };
            words = words + join + &cause;
        }
    }
    words
}

/// How long the end of a command waits for work that cannot be called off: a parser whose time was up.
/// It ends with the process then, which may not outlive the next run's beginning.
const LAST_WAIT: Duration = Duration::from_secs(10);

/// Runs what a command waits for, and joins what it leaves running.
fn run_to_end<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    run_and_join(work, LAST_WAIT)
}

fn run_and_join<T>(
    work: impl Future<Output = anyhow::Result<T>>,
    last_wait: Duration,
) -> anyhow::Result<T> {
    let reactor = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = reactor.block_on(work);
    reactor.shutdown_timeout(last_wait);
    done
}

fn start_log(verbose: bool) {
    let level = if verbose { "overheard=debug" } else { "overheard=warn" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).compact().init();
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tokio::sync::oneshot;
    use tokio::task::spawn_blocking;

    use super::*;

    #[test]
    fn a_command_ends_though_a_parser_it_started_does_not_and_joins_one_that_does() {
        let (end, ended) = mpsc::channel::<()>();
        let stuck = async {
            let (begun, begins) = oneshot::channel();
            spawn_blocking(move || {
                begun.send(()).unwrap();
                ended.recv()
            });
            begins.await?;
            Ok(1)
        };
        assert_eq!(run_and_join(stuck, Duration::ZERO).unwrap(), 1);
        drop(end);

        let (running, runs) = mpsc::channel();
        let (go, going) = mpsc::channel::<()>();
        let ends = async move {
            let (begun, begins) = oneshot::channel();
            spawn_blocking(move || {
                begun.send(()).unwrap();
                going.recv().unwrap_err();
                running.send(()).unwrap();
            });
            begins.await?;
            drop(go);
            Ok(2)
        };
        assert_eq!(run_and_join(ends, Duration::from_hours(1)).unwrap(), 2);
        assert_eq!(runs.try_recv(), Ok(()));
    }
}
