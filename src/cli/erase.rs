//! `overheard erase`.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anyhow::{Context as _, bail, ensure};
use clap::{ArgGroup, Args};
use serde::Serialize;

use super::progress::Progress;
use super::sources::Consent;
use super::{Common, Usage, named, posts};
use crate::app;
use crate::clock::SystemClock;
use crate::deliver::reports;
use crate::pipeline::{Erasure, Event, Found, Namesake, Receipt, ToGo, Whom};
use crate::post::PostId;
use crate::source::SourceId;
use crate::store::{Damaged, Store};
use crate::text::count::count;

/// Authors named in the question.
const NAMED: usize = 5;

/// Erase what somebody said, everywhere, so that it does not come back
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("whom").required(true).args(["author", "mail", "post"])))]
#[command(after_help = "Examples:
  overheard erase --author ada@example.social --dry-run   what would go
  overheard erase --author ada@example.social             asks first; --yes does not
  overheard erase --author \"Ada Byron\" --source daily-rack
                                   a name, or a handle without its server, is unique in one source at most
  overheard erase --mail ada@example.org
  overheard erase --post https://example.social/@ada/1    one post, by its address
  overheard erase --post 3f2a9c01                         or by its id, or the first digits of it

It cannot be undone: there is no `--undo`. Gone are the posts with their verdicts, embeddings and index
rows, labels on them, and what passes them on as a boost or a quote; in digests their words, links and
names give way to a plain statement, the numbers stand as they were told, and the files are written anew.
Reports of their weeks and months are removed; `overheard report` makes them again.
The months they lay in are written anew at once, so that no byte is left. What is read again later is
known by a keyed hash and not kept; no name is kept anywhere. Backups we know of bring nothing back, and
lose the words with the next `overheard backup`. The receipt, in DATA/receipts, says what was erased,
without words or names, and what is left to be done by hand.

What others say of them stays, and so does a reprint of the same words under another name: the receipt
counts those.")]
pub(super) struct Erase {
    /// Everything by the author with this handle (ada@example.social, hn:ada), or with this name in --source
    #[arg(long, value_name = "HANDLE")]
    author: Option<String>,
    /// Only in this source: where the handle or name is not unique elsewhere
    #[arg(long, value_name = "ID", requires = "author")]
    source: Option<SourceId>,
    /// Everything by the author with this mail address
    #[arg(long, value_name = "ADDRESS")]
    mail: Option<String>,
    /// What stands at this address, or the post with this id
    #[arg(long, value_name = "URL|ID")]
    post: Option<String>,
    /// Only show what would go
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print the receipt as JSON
    #[arg(long)]
    json: bool,
}

/// What would go, for a machine.
#[derive(Serialize)]
struct WouldGo<'f> {
    posts: &'f [ToGo],
    digests: usize,
    sources: &'f [SourceId],
    same_words: &'f [PostId],
}

impl Erase {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        self.check_given()?;
        let config = common.config()?;
        let store = app::open_kept_store(&config)?;
        if let Some(source) = &self.source {
            named::check_source(&*store, &named::market_in_part(&config).0, source)?;
        }
        let whom = self.whom(&*store)?;
        let sign = whom.sign().map_err(|error| Usage(error.to_string()))?;
        let digests = app::digests_folder(&config);
        let erasure = Erasure {
            store: &*store,
            data: &config.data,
            digests: &digests,
            links: &app::links(&config)?,
            clock: &SystemClock,
        };
        let progress = Progress::new();
        let walks = 2 * store.months()?.len();
        progress.show(&Event::KeepingUp { what: "looking", months: walks });
        let found = erasure.find(&whom, &sign, &|left| {
            if left < walks {
                progress.show(&Event::KeptUp);
            }
        })?;
        progress.end();
        for damaged in &found.damaged {
            eprintln!("{damaged}");
        }
        if found.posts.is_empty() && found.digests.is_empty() {
            refuse_namesakes(&whom, &found)?;
        }
        if found.is_nothing() {
            eprintln!("{}", hint(&whom));
        }
        if self.dry_run {
            return self.announce(&found);
        }
        if !Consent::of(self.yes).to(&question(&found))? {
            return Ok(());
        }
        let (receipt, file) = erasure.erase(&whom, &found)?;
        let indexed = app::erase_from_indexes(&config, &*store).context(
            "it is erased from the store, but the index may hold words of it still: run `overheard reindex`",
        );
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&receipt)?)?;
        } else {
            write!(out, "{}", words(&receipt))?;
            writeln!(out, "Receipt: {}", file.display())?;
        }
        indexed?;
        refuse_damage(&found.damaged)
    }

    fn given(&self) -> &str {
        let given = self.author.as_ref().or(self.mail.as_ref()).or(self.post.as_ref());
        given.map(|given| given.trim()).unwrap_or_default()
    }

    /// Refuses what can name nobody.
    fn check_given(&self) -> anyhow::Result<()> {
        let given = self.given();
        ensure!(!given.trim_start_matches('@').is_empty(), Usage("name somebody".to_owned()));
        ensure!(
            self.mail.is_none() || given.contains('@'),
            Usage(format!("{given:?} is no mail address; for a handle give --author"))
        );
        Ok(())
    }

    fn whom(&self, store: &dyn Store) -> anyhow::Result<Whom> {
        let given = self.given();
        if self.author.is_some() {
            return Ok(Whom::Author { name: given.to_owned(), source: self.source.clone() });
        }
        if self.mail.is_some() {
            return Ok(Whom::Mail(given.to_owned()));
        }
        if let Ok(id) = given.parse() {
            return Ok(Whom::Post(id));
        }
        if given.trim_end_matches('…').bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Whom::Post(posts::find(store, given)?.id));
        }
        Ok(Whom::Place(given.to_owned()))
    }

    fn announce(&self, found: &Found) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            let Found { posts, same_words, sources, digests, .. } = found;
            let would = WouldGo { posts, digests: digests.len(), sources, same_words };
            writeln!(out, "{}", serde_json::to_string_pretty(&would)?)?;
            return Ok(());
        }
        for ToGo { id, source, when, author, title, passes_on, .. } in &found.posts {
            let author = author.as_deref().unwrap_or("nobody named");
            let passes_on = if *passes_on { " (passes it on)" } else { "" };
            let day = when.strftime("%Y-%m-%d");
            writeln!(out, "{id}  {day}  {source}  {author}{passes_on}: {title}")?;
        }
        writeln!(out, "{} Nothing was erased.", counted(found))?;
        Ok(())
    }
}

/// Somebody is called so, and known by something else: were it erased, what was meant would stay.
fn refuse_namesakes(whom: &Whom, found: &Found) -> anyhow::Result<()> {
    let Whom::Author { name, .. } = whom else { return Ok(()) };
    if found.namesakes.is_empty() {
        return Ok(());
    }
    let mut told = "nothing was erased: no author who is known by this has posts here, and somebody who is called so has. \
                    Give what their posts are known by:"
        .to_owned();
    for Namesake { handle, source } in &found.namesakes {
        _ = match (handle, source) {
            (Some(handle), _) => write!(told, "\n  overheard erase --author {}", quoted(handle)),
            (None, Some(source)) => {
                write!(told, "\n  overheard erase --author {} --source {source}", quoted(name))
            }
            (None, None) => Ok(()),
        };
    }
    Err(Usage(told).into())
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "@.:_-/".contains(c);
    if word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Says what could not be looked through, with an exit status that says so, too.
fn refuse_damage(damaged: &[Damaged]) -> anyhow::Result<()> {
    let months: Vec<String> = damaged.iter().map(|damaged| damaged.month.to_string()).collect();
    let Some(first) = months.first() else { return Ok(()) };
    bail!(
        "{} damaged and could not be looked through ({}), all else is erased. Bring it back with \
         `overheard restore BACKUP --month {first}`, which leaves out what bears this name, and run the same \
         `overheard erase` again for what passes it on",
        count(months.len(), "month is", "months are"),
        months.join(", "),
    )
}

/// What to try where nothing is found.
fn hint(whom: &Whom) -> &'static str {
    match whom {
        Whom::Author { source: None, .. } => {
            "Nothing by an author with this handle is kept. A name, or a handle without its server, is looked \
             for in one source: add --source ID. What comes later under this handle is not kept, if you go on."
        }
        Whom::Author { .. } => {
            "Nothing by an author of this name is kept of this source. What comes later is not kept, if you go on."
        }
        Whom::Mail(_) => {
            "No post that is kept names this address as its author's: look for the name, with --author and \
             --source. What comes later is not kept, if you go on."
        }
        Whom::Place(_) | Whom::Post(_) => {
            "No such post is kept. Should it come, it is not kept, if you go on."
        }
    }
}

/// "12 posts by Ada (ada@example.social) in 2 months, 1 that passes them on; 3 digests quote them."
fn counted(found: &Found) -> String {
    let own = found.posts.iter().filter(|post| !post.passes_on).count();
    let authors = found.authors();
    let mut named: Vec<String> = authors.iter().take(NAMED).map(|(name, _)| name.clone()).collect();
    if authors.len() > NAMED {
        named.push(format!("{} more", authors.len() - NAMED));
    }
    let by = if named.is_empty() { String::new() } else { format!(" by {}", named.join(", ")) };
    let months = count(found.months().len(), "month", "months");
    let mut told = format!("{}{by} in {months}", count(own, "post", "posts"));
    let passed_on = found.posts.len() - own;
    if passed_on > 0 {
        let passed_on = count(passed_on, "post", "posts");
        _ = write!(told, ", {passed_on} passing them on");
    }
    let digests = count(found.digests.len(), "digest speaks", "digests speak");
    format!("{told}; {digests} of them.")
}

fn question(found: &Found) -> String {
    format!("{} This cannot be undone. Erase?", counted(found))
}

fn words(receipt: &Receipt) -> String {
    let erased = &receipt.erased;
    let mut told = format!(
        "Erased: {}, {}, {}, {}; words in {}; {} written anew.\n",
        count(erased.posts, "post", "posts"),
        count(erased.verdicts, "verdict", "verdicts"),
        count(erased.labels, "label or draw", "labels and draws"),
        count(erased.told, "row of the ledger", "rows of the ledger"),
        count(erased.digests, "digest", "digests"),
        count(erased.months.len(), "month", "months"),
    );
    let pages = receipt.reports.iter().filter(|file| file.extension().is_some_and(|e| e == "html"));
    let anew: Vec<String> = pages.filter_map(|page| reports::command(page)).collect();
    if !anew.is_empty() {
        let reports = count(anew.len(), "report", "reports");
        let anew = anew.join("`, `");
        _ = writeln!(
            told,
            "Removed: {reports} that may have spoken of them. Without them: `{anew}`."
        );
    }
    _ = writeln!(told, "{}", receipt.stays);
    if !receipt.by_hand.is_empty() {
        told += "Left to be done by hand:\n";
        for left in &receipt.by_hand {
            _ = writeln!(told, "- {left}");
        }
    }
    told
}
