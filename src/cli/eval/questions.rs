//! `overheard eval ask`: our own questions, asked of the stores that `overheard demo` and `overheard real-day`
//! made.

use std::io::Write;
use std::path::Path;

use crate::app;
use crate::classify::model_of;
use crate::cli::meaning::{caught_up, last_days, words};
use crate::cli::{Common, posts};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Market;
use crate::digest::Question;
use crate::eval::asking::{self, Came, Kind};
use crate::eval::counts::Half;
use crate::pipeline::{self, Asking, Narrowed, NotAsked};
use crate::post::PostId;
use crate::search::meaning::Filter;
use crate::search::query::{Part, Wanted};
use crate::search::{Query, Sort};
use crate::text;

/// Where `overheard demo` and `overheard real-day` keep theirs, what it is called among our questions, and
/// how far back its posts go, in days.
const STORES: [(&str, &str, i32); 2] =
    [("sample", "var/demo", 60), ("real", "var/real-day", 15_000)];

/// Our own questions with the post of the sample market that each asks for.
const PAIRS: &str = "pairs.tsv";

/// Posts ranked for each of them.
const RANKED: usize = 50;

/// Asks our own questions of the stores that are there.
pub(super) fn measure(common: &Common, folder: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    if !folder.is_dir() {
        writeln!(out, "ask: not measured, {} is missing", folder.display())?;
        return Ok(());
    }
    for (name, data, days) in STORES {
        let mut config = common.config()?;
        config.data = data.into();
        config.sources = config.data.join("sources");
        if !config.data.join("store").is_dir() {
            let make = if name == "sample" { "make demo" } else { "make real-day" };
            writeln!(out, "ask, {name}: not measured, there is no {data}; `{make}` makes it")?;
            continue;
        }
        let market = Market::read(&config.sources)?;
        let store = app::open_store_to_answer(&config)?;
        let encoder = app::encoder(&config)?;
        let model = model_of(&*encoder);
        let mut meaning = caught_up(&config, &*store)?;
        let window = last_days(days, SystemClock.now());
        let words = words(&config, &*store);
        if let Some(words) = words.as_ref().filter(|_| name == "sample") {
            let pairs = asking::pairs(&folder.join(PAIRS))?;
            let mut found = [const { Vec::new() }; 3];
            for (question, url) in &pairs {
                let target = posts::find(&*store, url)?.id;
                let asked = pipeline::embedded(&*encoder, question)?;
                let filter = Filter::said_in(window);
                let near = meaning.nearest(&asked, &model, &filter, RANKED)?;
                let near: Vec<PostId> = near.iter().map(|near| near.post).collect();
                let terms = text::words::terms(question).map(Wanted::Words).collect();
                let said = Query { parts: vec![Part { wanted: Wanted::Any(terms), at: 0..0 }] };
                let said = words.ids(&said, Sort::Best, RANKED)?;
                let said: Vec<PostId> = said.iter().map(|found| found.id).collect();
                let both = asking::fused(&[&said, &near]);
                for (ranks, ranking) in found.iter_mut().zip([&said, &near, &both]) {
                    ranks.push(ranking.iter().position(|post| *post == target));
                }
            }
            for (how, ranks) in ["words", "meaning", "both"].iter().zip(&found) {
                let recall = |k| asking::recall(ranks, k) * 100.0;
                writeln!(
                    out,
                    "ask, {} posts to be found by {how}: recall at 1 {:.1}, at 5 {:.1}, at 10 {:.1}, at 20 {:.1}",
                    pairs.len(),
                    recall(1),
                    recall(5),
                    recall(10),
                    recall(20)
                )?;
            }
        }
        let mut answers = |text: &str| -> anyhow::Result<Came> {
            let understood =
                Question::of(text)?.understood(&market.accounts, &market.ruleset.topics)?;
            let narrowed = Narrowed {
                account: understood.accounts.first().cloned(),
                topic: None,
                voice: understood.voice,
            };
            let asked =
                match pipeline::asked(&*encoder, &market, &*store, text, understood, &narrowed) {
                    Err(NotAsked::Foreign { .. }) => return Ok(Came::Refused),
                    asked => asked?,
                };
            let mut asking = Asking {
                market: &market,
                store: &*store,
                meaning: &mut meaning,
                words: words.as_ref(),
                model: &model,
            };
            let answer = asking.answer(&asked, &narrowed, window)?;
            let (best, is_answered) = (answer.answer().best, answer.answer().said.is_some());
            Ok(if is_answered { Came::Answered(best) } else { Came::Silent(best) })
        };
        for half in Half::BOTH {
            let cases = asking::cases(&folder.join(half.file()))?;
            let score = asking::measure(&cases, name, &mut answers)?;
            let (silent, answerable) = score.wrong(Kind::Answerable);
            let (answered, unanswerable) = score.wrong(Kind::Unanswerable);
            let (untold, foreign) = score.wrong(Kind::Foreign);
            writeln!(
                out,
                "ask, {name}, {}: {silent} of {answerable} left without an answer, {answered} of \
                 {unanswerable} that nobody spoke of answered, {untold} of {foreign} in another language not \
                 told so",
                half.name(),
            )?;
            let looked_at = score.asked.iter().filter(|_| half == Half::Tuned && common.verbose);
            for (case, came) in looked_at {
                let right = if case.is_right(*came) { "" } else { ", wrongly" };
                let how = match came {
                    Came::Answered(best) => format!("{best:.2} answered"),
                    Came::Silent(best) => format!("{best:.2} silent"),
                    Came::Refused => "     refused".to_owned(),
                };
                eprintln!("  {how}{right}: {}", case.question);
            }
        }
    }
    Ok(())
}
