//! `overheard teach`.

mod ask;
mod given;

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde::Serialize;

use super::progress::Progress;
use super::{Common, Usage, changed, topics};
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Market};
use crate::label::measured::{Measured, measured};
use crate::label::{Answer, Lesson};
use crate::pipeline::Judging;
use crate::pipeline::changes::{Change, Changes};
use crate::store::Store;
use crate::text::count::count;
use crate::topic::RulesetId;

/// Say of posts whether they are about a topic, and see what that changes
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard teach --queue                          posts whose label would teach most, with the commands
  overheard teach --post 3f2a9c01 --topic \"Cloud cost\" --is-not
  overheard teach --post https://blog.example/bill --topic \"Cloud cost\" --is
  overheard teach --labels labels.csv              columns post,topic,label (is, is not)
  overheard teach --queue --random --topic \"Cloud cost\"
                                                   posts drawn by chance: from 30 of them labelled on,
                                                   `overheard topics list` tells precision and recall
  overheard teach --undo                           takes back what was said last; again: what before that

A label teaches its topic at once: every post kept is judged again from what is kept of it, without a
pass of the model, and what the topic gained and lost is shown. Later labels replace earlier ones.")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(super) struct Teach {
    /// The post: its URL, or the beginning of its id
    #[arg(long, value_name = "ID|URL", requires = "topic")]
    post: Option<String>,
    /// The topic or signal
    #[arg(long, value_name = "NAME")]
    topic: Option<String>,
    /// The post is about it
    #[arg(long, requires = "post", conflicts_with = "is_not")]
    is: bool,
    /// The post is not about it
    #[arg(long, requires = "post")]
    is_not: bool,
    /// Take labels from a CSV file with the columns post, topic, label
    #[arg(long, value_name = "FILE", conflicts_with_all = ["post", "topic"])]
    labels: Option<PathBuf>,
    /// Take back the last labels that were given
    #[arg(long, conflicts_with_all = ["post", "topic", "labels", "queue"])]
    undo: bool,
    /// List posts whose label would teach most
    #[arg(long, conflicts_with_all = ["post", "labels"])]
    queue: bool,
    /// Draw the posts by chance instead: their labels measure the topic
    #[arg(long, requires = "queue", requires = "topic")]
    random: bool,
    /// So many posts
    #[arg(long, requires = "queue", default_value_t = 20, value_name = "N")]
    limit: usize,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    lesson: Option<&'a Lesson>,
    topics: Vec<Taught<'a>>,
    ruleset: &'a RulesetId,
    posts: usize,
    milliseconds: u128,
}

#[derive(Serialize)]
struct Taught<'a> {
    name: &'a str,
    #[serde(flatten)]
    change: Change,
    measured: Measured,
}

/// What is asked for, once the options are read.
enum Asked<'a> {
    Queue,
    Undo,
    One(&'a str, &'a str, Answer),
    File(&'a PathBuf),
}

impl Teach {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let asked = self.asked()?;
        let config = common.config()?;
        let market = Market::read(&config.sources)?;
        let topic = self.topic.as_deref().map(|name| topics::named(&market, name)).transpose()?;
        let store = app::open_kept_store(&config)?;
        let now = SystemClock.now();
        let lesson = match asked {
            Asked::Queue => {
                let form = ask::Form { random: self.random, limit: self.limit, json: self.json };
                return ask::run(&*store, &market, topic, form, now);
            }
            Asked::Undo => {
                let Some(lesson) = store.unteach()? else {
                    return Err(Usage("there is nothing to take back".to_owned()).into());
                };
                lesson
            }
            Asked::One(post, topic, answer) => {
                let topic = topics::named(&market, topic)?;
                let rows = [given::Given { place: None, post, topic, answer }];
                let (labels, _) = given::labels(&*store, &rows, now)?;
                store.teach(&labels, now)?
            }
            Asked::File(file) => {
                let (labels, replaced) = given::of_file(&*store, &market, file, now)?;
                let lesson = store.teach(&labels, now)?;
                if !self.json {
                    let (given, new) = (labels.len(), lesson.changes.len());
                    let given = count(given, "label", "labels");
                    writeln!(io::stdout(), "{given} read, {new} of them new or changed")?;
                    for line in replaced {
                        writeln!(io::stdout(), "{line}")?;
                    }
                }
                lesson
            }
        };
        self.tell(&config, market, &*store, &lesson)
    }

    fn asked(&self) -> anyhow::Result<Asked<'_>> {
        let answer = match (self.is, self.is_not) {
            (true, _) => Some(Answer::Is),
            (_, true) => Some(Answer::IsNot),
            _ => None,
        };
        match (&self.post, &self.topic, answer, &self.labels) {
            _ if self.queue => Ok(Asked::Queue),
            _ if self.undo => Ok(Asked::Undo),
            (_, _, _, Some(file)) => Ok(Asked::File(file)),
            (Some(post), Some(topic), Some(answer), _) => Ok(Asked::One(post, topic, answer)),
            (Some(_), Some(_), None, _) => {
                Err(Usage("say which: --is, or --is-not".to_owned()).into())
            }
            _ => Err(Usage(
                "say what: --post ID --topic NAME --is (or --is-not), --labels FILE, --queue or --undo; \
                 `overheard teach --help` has examples"
                    .to_owned(),
            )
            .into()),
        }
    }

    /// Judges what is kept by what was taught, and tells what that changed.
    fn tell(
        &self,
        config: &Config,
        mut market: Market,
        store: &dyn Store,
        lesson: &Lesson,
    ) -> anyhow::Result<()> {
        let progress = Progress::new();
        let classifier = app::taught_classifier(config, &mut market, store)?;
        let clock = SystemClock;
        let judging = Judging { market: &market, store, classifier: &classifier, clock: &clock };
        let began = Instant::now();
        let (mut changes, mut posts) = (Changes::default(), 0);
        judging.waiting(&|event| progress.show(&event), &mut |turns| {
            posts += turns.len();
            changes.count(turns);
        })?;
        progress.end();
        let taught: BTreeSet<&str> =
            lesson.changes.iter().map(|change| change.label.topic.as_str()).collect();
        let (labels, draws) = (store.labels()?, store.draws()?);
        let of_topic = |name: &str| measured(name, &labels, &draws);
        let mut out = io::stdout().lock();
        if self.json {
            let change = |name: &str| changes.0.get(name).cloned().unwrap_or_default();
            let topics = taught
                .iter()
                .map(|name| Taught { name, change: change(name), measured: of_topic(name) })
                .collect();
            let (ruleset, milliseconds) = (classifier.ruleset(), began.elapsed().as_millis());
            let report = Report { lesson: Some(lesson), topics, ruleset, posts, milliseconds };
            writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
            return Ok(());
        }
        say(&mut out, lesson, self.undo)?;
        for name in &taught {
            writeln!(out, "{name}: {}", topics::in_words(&of_topic(name)))?;
        }
        changed::print(&mut out, store, &changes)?;
        let posts = count(posts, "post", "posts");
        writeln!(out, "{posts} judged again in {} ms", began.elapsed().as_millis())?;
        Ok(())
    }
}

/// Says what a lesson changed, label by label where they are few.
fn say(out: &mut dyn io::Write, lesson: &Lesson, undone: bool) -> anyhow::Result<()> {
    const FEW: usize = 10;
    if lesson.changes.is_empty() {
        writeln!(out, "Nothing new: these labels stood already.")?;
    }
    for change in lesson.changes.iter().take(FEW) {
        let label = &change.label;
        let post = super::posts::short(label.post);
        let was = change.before.as_ref().map(|before| before.answer);
        let was = was.map_or_else(|| "nothing".to_owned(), |answer| format!("“{answer}”"));
        let (now, was) = match (undone, was) {
            (false, was) => (format!("“{}”", label.answer), was),
            (true, was) => (was, format!("“{}”", label.answer)),
        };
        writeln!(out, "{post} · {}: {now} (before: {was})", label.topic)?;
    }
    if lesson.changes.len() > FEW {
        writeln!(out, "and {} more", lesson.changes.len() - FEW)?;
    }
    Ok(())
}
