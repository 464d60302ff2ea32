//! What a list of 50,000 accounts costs beside one of 50: `make bench-accounts`.
//!
//! The same posts are searched with both lists, in turns, in one run; ratios are what counts. The posts
//! are those of the project's own labelled texts, alone and strung together to articles. Times are CPU time.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use overheard::classify::accounts::Accounts;
use overheard::config::accounts::{Table, read};
use overheard::eval::counts::Half;

/// Lists: what a seller looks after, and what a large company's CRM holds.
const SMALL: usize = 50;
const LARGE: usize = 50_000;

/// Turns with each list, of which the quickest counts: the machine has other things to do.
const TURNS: usize = 7;

/// What is measured lasts at least so long: the kernel tells the time on a CPU in ticks of some
/// milliseconds, and all the posts together need less than one.
const ENOUGH: Duration = Duration::from_millis(100);

/// Posts to an article: about 1,500 words.
const TO_AN_ARTICLE: usize = 120;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/accounts");
    let half = |half: Half| std::fs::read_to_string(folder.join(half.file()));
    let posts = half(Half::Tuned)? + &half(Half::HeldOut)?;
    let posts: Vec<String> = posts
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(_, text)| text.to_owned())
        .collect();
    let articles: Vec<String> = (0..20)
        .map(|turn| {
            let from = turn * 11 % posts.len();
            posts
                .iter()
                .cycle()
                .skip(from)
                .take(TO_AN_ARTICLE)
                .cloned()
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    let known = std::fs::read_to_string(folder.join("accounts.csv"))?;
    let small = opened(&list(&known, SMALL))?;
    let large = opened(&list(&known, LARGE))?;
    for (what, texts) in [("posts", &posts), ("articles", &articles)] {
        let (mut quickest, mut found) = ([Duration::MAX; 2], [0; 2]);
        for _ in 0..TURNS {
            for (place, accounts) in [&small, &large].into_iter().enumerate() {
                let (begun, mut rounds) = (on_cpu(), 0);
                let spent = loop {
                    found[place] =
                        texts.iter().map(|text| black_box(accounts.look(text, &[])).len()).sum();
                    rounds += 1;
                    let spent = on_cpu().saturating_sub(begun);
                    if spent >= ENOUGH {
                        break spent / rounds;
                    }
                };
                quickest[place] = quickest[place].min(spent);
            }
        }
        let each = |time: Duration| time.as_secs_f64() * 1e6 / texts.len() as f64;
        let [a, b] = quickest.map(each);
        println!(
            "{what} ({}): {SMALL} accounts {a:.1} µs a text, {LARGE} accounts {b:.1} µs; ratio {:.2} ({} and {} candidates)",
            texts.len(),
            b / a,
            found[0],
            found[1]
        );
    }
    Ok(())
}

/// The known accounts, and made-up ones up to `most`: two words of a dictionary with an ending.
fn list(known: &str, most: usize) -> String {
    const BEGIN: [&str; 40] = [
        "Har", "Bel", "Cor", "Dun", "Elm", "Fal", "Gren", "Hol", "Ing", "Jor", "Kel", "Lor", "Mar",
        "Nor", "Ost", "Pel", "Quin", "Ros", "Sel", "Tor", "Ul", "Ven", "Wil", "Xan", "Yor", "Zel",
        "Bran", "Clif", "Der", "Est", "Fen", "Gal", "Hart", "Ives", "Kirk", "Lang", "Mont", "New",
        "Oak", "Pem",
    ];
    const END: [&str; 30] = [
        "den", "ford", "ton", "wick", "by", "mere", "stead", "worth", "well", "brook", "dale",
        "field", "gate", "ham", "land", "ley", "more", "ridge", "shaw", "stone", "thorpe", "tree",
        "vale", "ville", "wood", "yard", "haven", "cliffe", "bourne", "moor",
    ];
    const TRADE: [&str; 45] = [
        "",
        "Foods",
        "Logistics",
        "Systems",
        "Bank",
        "Energy",
        "Motors",
        "Media",
        "Robotics",
        "Labs",
        "Partners",
        "Software",
        "Freight",
        "Optics",
        "Paper",
        "Steel",
        "Textiles",
        "Insurance",
        "Health",
        "Travel",
        "Games",
        "Data",
        "Analytics",
        "Security",
        "Networks",
        "Glass",
        "Pharma",
        "Biotech",
        "Farms",
        "Brewing",
        "Shipping",
        "Rail",
        "Air",
        "Homes",
        "Tools",
        "Chemicals",
        "Audio",
        "Water",
        "Mining",
        "Toys",
        "Books",
        "Wine",
        "Solar",
        "Cloud",
        "Consulting",
    ];
    let mut text = known.to_owned();
    let there = known.lines().count() - 1;
    for n in 0..most.saturating_sub(there) {
        let (begin, n) = (BEGIN[n % BEGIN.len()], n / BEGIN.len());
        let (end, n) = (END[n % END.len()], n / END.len());
        let (trade, n) = (TRADE[n % TRADE.len()], n / TRADE.len());
        let domain = format!("{begin}{end}{trade}{n}.example").to_lowercase();
        let name = format!("{begin}{end} {trade} Ltd");
        let _ =
            writeln!(text, "{name},,{domain},Company in the trade of {trade} from {begin}{end}");
    }
    text
}

fn opened(list: &str) -> Result<Accounts, Box<dyn std::error::Error>> {
    let before = resident_kb();
    let begun = on_cpu();
    let Table { accounts, problems, .. } = read(list.as_bytes());
    let read = on_cpu().saturating_sub(begun);
    assert!(problems.is_empty(), "{problems:?}");
    let count = accounts.len();
    let begun = on_cpu();
    let accounts = Accounts::new(accounts.into_iter().map(|(_, account)| account).collect())?;
    println!(
        "{count} accounts: table read in {:.0} ms, ready in {:.0} ms more, {} MB",
        read.as_secs_f64() * 1e3,
        on_cpu().saturating_sub(begun).as_secs_f64() * 1e3,
        resident_kb().saturating_sub(before) / 1024
    );
    Ok(accounts)
}

/// The time this thread has been on a CPU: others may be busy beside it.
fn on_cpu() -> Duration {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = times.split_whitespace().next().and_then(|time| time.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

fn resident_kb() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0)
}
