//! Who asks for it is erased: from posts, digests, backups and every byte of the data folder, for good.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use overheard::app;
use overheard::clock::Clock;
use overheard::config::{Config, Market};
use overheard::deliver;
use overheard::deliver::reports::{self, Period};
use overheard::digest::{Citation, Digest, Proven};
use overheard::label::{Answer, Draw, Label};
use overheard::pipeline::{Erasure, Found, Receipt, Whom, is_under_way};
use overheard::post::{Author, Post, PostId, Relation, Said};
use overheard::source::{Owner, Voice};
use overheard::store::backup::{self, Wanted, back_up};
use overheard::store::erase::{BackedUp, Sign};
use overheard::store::{Change, Counts, Keeps, Mark, SledStore, Store, export};
use overheard::verdict::Band;
use overheard::visit::Memory;

use super::damage::copy_folder;
use super::kill::{FOLDER, ROLE, TEST, lives};
use super::sample::{Chance, digest, judged, noise, post, rules, source, time};

const HANDLE: &str = "Ada.Quillfeather@example.social";
const NAME: &str = "Ada Quillfeather";
const WORDS: &str =
    "zanzibarian marmalade surcharges quadrupled overnight in every region we buy from";
const NEEDLES: [&str; 4] = ["quillfeather", "zanzibarian", "marmalade", "surcharges"];

struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn now() -> Timestamp {
    time("2026-05-01T04:00:00Z")
}

/// What somebody said on a forum.
fn said(key: &str, when: &str, author: Author, text: &str, relation: Relation) -> Post {
    let published = time(when);
    let said = Said {
        key: key.to_owned(),
        url: Some(format!("https://forum.example/{key}")),
        text: text.to_owned(),
        html: Some(format!("<p>{text}</p>")),
        author: Some(author),
        published: Some(published),
        relation,
        ..Said::default()
    };
    Post::new(&source("forum"), said, published + SignedDuration::from_mins(1))
}

fn by(name: &str, handle: &str) -> Author {
    Author { name: Some(name.into()), handle: Some(handle.into()), url: None }
}

fn ada(key: &str, when: &str, text: &str) -> Post {
    said(key, when, by(NAME, HANDLE), text, Relation::Original)
}

/// A store of two months: her posts, what others make of them, and a digest.
struct World {
    folder: tempfile::TempDir,
    store: SledStore,
    hers: Vec<Post>,
    boost: Post,
    reply: Post,
    reprint: Post,
    others: Vec<Post>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SledStore::open(&folder.path().join("store")).unwrap();
        let hers = vec![
            ada("1", "2026-03-02T08:00:00Z", WORDS),
            ada("2", "2026-04-02T08:00:00Z", &format!("{WORDS} {}", noise(5, 1_000))),
        ];
        let to = "https://forum.example/1".to_owned();
        let boost =
            said("b", "2026-03-03T08:00:00Z", by("Bob", "bob"), WORDS, Relation::Boost(to.clone()));
        let reply =
            said("r", "2026-03-03T09:00:00Z", by("Cy", "cy"), "I doubt that.", Relation::Reply(to));
        let reprint =
            said("p", "2026-04-03T08:00:00Z", by("Press", "press"), WORDS, Relation::Original);
        let others: Vec<Post> = (0..60_u64)
            .map(|n| {
                post(&n.to_string(), &format!("2026-0{}-05T08:00:00Z", 3 + n % 2), &noise(n, 500))
            })
            .collect();
        let mut world = Self { folder, store, hers, boost, reply, reprint, others };
        world.fill();
        world
    }

    fn fill(&mut self) {
        let store = &self.store;
        store.keep(&self.all()).unwrap();
        let rules = rules("model", "rules");
        let verdicts: Vec<_> =
            self.all().iter().map(|post| judged(post.id, &rules, "fees")).collect();
        store.judge(&verdicts).unwrap();
        // As the desk keeps them: labels, draws, what a visit met, and a digest that was sent.
        for post in [&self.hers[0], &self.others[0]] {
            let label =
                Label { topic: "fees".into(), post: post.id, answer: Answer::Is, at: now() };
            store.teach(&[label], now()).unwrap();
            let draw =
                Draw { topic: "fees".into(), post: post.id, said: Band::Yes, among: 9, at: now() };
            store.draw(&[draw]).unwrap();
        }
        let memory =
            Memory { url: Some(format!("https://a.example/@{HANDLE}")), ..Memory::default() };
        store
            .remember(&[(source("ada-alone"), memory), (source("forum"), Memory::default())])
            .unwrap();
        let sent = self.sent();
        store.claim(&sent).unwrap();
        deliver::folder::write(
            &self.folder.path().join("digests"),
            &Proven::claimed(sent),
            &overheard::views::Links::none(),
        )
        .unwrap();
    }

    fn all(&self) -> Vec<Post> {
        let Self { hers, boost, reply, reprint, others, .. } = self;
        hers.iter().chain([boost, reply, reprint]).chain(others).cloned().collect()
    }

    /// A digest that quotes her in every place a digest can.
    fn sent(&self) -> Digest {
        let [hers, other] = [&self.hers[0], &self.others[1]];
        let told = [hers.id, self.boost.id, other.id, hers.id];
        let mut digest = digest("grace", "2026-03-08", told, 1);
        let cited = |post: &Post, owner: &str| Citation {
            post: post.id,
            url: post.said.url.clone(),
            title: post.said.text.chars().take(60).collect(),
            speaker: post.said.author.as_ref().and_then(|author| author.name.clone()).unwrap(),
            owner: Owner::named(owner),
            voice: Voice::Social,
            when: post.when(),
        };
        digest.citations =
            vec![cited(hers, HANDLE), cited(&self.boost, "bob"), cited(other, "press.example")];
        digest.citations.sort_by_key(|citation| citation.post);
        for block in &mut digest.blocks {
            for point in &mut block.points {
                point.claim.text = WORDS.into();
                point.evidence.owners = vec![Owner::named(HANDLE), Owner::named("press.example")];
            }
        }
        digest.accounts[0].sentence.text = WORDS.into();
        digest.accounts[0].details[0].said[0].text = "marmalade".into();
        digest.accounts[0].owners = vec![Owner::named(HANDLE)];
        digest
    }

    fn find(&self, whom: &Whom) -> Found {
        self.erasure(|erasure| erasure.find(whom, &whom.sign().unwrap(), &|_| {}).unwrap())
    }

    fn erase(&self, whom: &Whom) -> Receipt {
        let found = self.find(whom);
        self.erasure(|erasure| erasure.erase(whom, &found).unwrap().0)
    }

    fn erasure<T>(&self, work: impl FnOnce(Erasure<'_>) -> T) -> T {
        let digests = self.folder.path().join("digests");
        work(Erasure {
            store: &self.store,
            data: self.folder.path(),
            digests: &digests,
            links: &overheard::views::Links::none(),
            clock: &At(now()),
        })
    }
}

fn her() -> Whom {
    Whom::Author { name: format!("@{}", HANDLE.to_uppercase()), source: None }
}

fn ids(posts: &[Post]) -> BTreeSet<PostId> {
    posts.iter().map(|post| post.id).collect()
}

/// What can be read in a file: its bytes, and whatever was packed into it, wherever it lies.
fn readable(file: &Path) -> String {
    let mut text = String::new();
    read_into(&mut text, &fs::read(file).unwrap(), 0);
    text
}

/// Packed rows hold values that are packed themselves.
fn read_into(text: &mut String, bytes: &[u8], depth: usize) {
    const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    text.push_str(&String::from_utf8_lossy(bytes).to_lowercase());
    for at in 0..bytes.len().saturating_sub(FRAME.len()) {
        if depth < 3 && bytes[at..].starts_with(&FRAME) {
            let mut packed =
                zstd::stream::read::Decoder::with_buffer(&bytes[at..]).unwrap().single_frame();
            // What is cut or damaged further on is read as far as it goes.
            let (mut unpacked, mut piece) = (Vec::new(), [0; 4096]);
            while let Ok(read @ 1..) = packed.read(&mut piece) {
                unpacked.extend_from_slice(&piece[..read]);
            }
            read_into(text, &unpacked, depth + 1);
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files
}

/// The files in which one of these words stands, with the word.
fn found_in<'n>(folder: &Path, needles: &[&'n str]) -> Vec<(PathBuf, &'n str)> {
    let mut found = Vec::new();
    for file in files(folder) {
        let text = readable(&file);
        let name = file.to_string_lossy().to_lowercase();
        let here =
            needles.iter().filter(|needle| text.contains(**needle) || name.contains(**needle));
        found.extend(here.map(|needle| (file.clone(), *needle)));
    }
    found
}

#[test]
fn no_byte_of_what_was_erased_is_left_in_the_data_folder() {
    let world = World::new();
    // Changed, so that old versions lie in the files, too.
    for turn in 0..5 {
        let again = ada("1", "2026-03-02T08:00:00Z", &format!("{WORDS}, version {turn}"));
        world.store.keep(&[again]).unwrap();
    }
    // The reprint is another's, and goes by its own request.
    let reprint = Whom::Post(world.reprint.id);
    world.erase(&reprint);
    let place = world.folder.path().to_owned();
    let periods = [
        Period::Week(date(2026, 3, 2)),
        Period::Month(date(2026, 3, 1)),
        Period::Month(date(2026, 4, 1)),
        Period::Week(date(2026, 1, 5)),
    ];
    let writer = reports::Writer::alone(&place.join("reports")).unwrap();
    for period in periods {
        let words = if period == periods[3] { "of other weeks" } else { WORDS };
        writer.write(period, words, words).unwrap();
    }
    drop(writer);
    let before = found_in(&place, &NEEDLES);
    for part in [
        "desk",
        "2026-03",
        "2026-04",
        "grace.html",
        "grace.txt",
        "grace.md",
        "week-2026-03-02.html",
        "month-2026-03.txt",
    ] {
        let there = |(file, _): &(PathBuf, _)| file.to_string_lossy().contains(part);
        assert!(before.iter().any(there), "what is looked for is found in {part}: {before:?}");
    }
    let receipt = world.erase(&her());
    assert_eq!((receipt.erased.posts, receipt.reports.len()), (3, 6));
    assert!(reports::is_written(&place.join("reports"), periods[3]), "it spoke of others");
    assert_eq!(world.store.verify().unwrap(), Vec::<String>::new());
    world.store.close().unwrap();
    assert_eq!(found_in(&place, &NEEDLES), []);
    assert_eq!(found_in(&place, &[&HANDLE.to_lowercase(), &NAME.to_lowercase()]), []);
    // And the others are whole.
    let store = SledStore::open(&place.join("store")).unwrap();
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    assert!(world.others.iter().all(|post| store.post(post.id).unwrap().as_ref() == Some(post)));
}

#[test]
fn a_report_that_is_being_written_while_somebody_is_erased_does_not_stay() {
    let world = World::new();
    let (place, march) = (world.folder.path(), Period::Month(date(2026, 3, 1)));
    let writer = reports::Writer::alone(&place.join("reports")).unwrap();
    assert!(!is_under_way(place));
    let receipt = thread::scope(|scope| {
        let erasing = scope.spawn(|| world.erase(&her()));
        // From here on no other is begun.
        while !is_under_way(place) {
            assert!(!erasing.is_finished());
            thread::sleep(Duration::from_millis(5));
        }
        writer.write(march, WORDS, WORDS).unwrap();
        drop(writer);
        erasing.join().unwrap()
    });
    assert_eq!(receipt.reports.len(), 2);
    assert!(!reports::is_written(&place.join("reports"), march) && !is_under_way(place));
}

#[test]
fn no_report_is_written_while_somebody_is_being_erased() {
    let world = World::new();
    let place = world.folder.path();
    let config = Config { data: place.to_owned(), ..Config::default() };
    let (market, _) = Market::read_in_part(&place.join("no sources"));
    let write_due =
        || app::reports::write_due(&config, &market, &world.store, now()).unwrap().len();
    fs::create_dir(place.join("receipts")).unwrap();
    let begun = place.join("receipts/2026-05-01-1.json.begun");
    fs::write(&begun, "").unwrap();
    assert_eq!(write_due(), 0);
    fs::remove_file(begun).unwrap();
    assert!(write_due() > 0, "as soon as it is done");
}

#[test]
fn no_byte_of_what_was_erased_is_left_of_a_month_that_was_packed() {
    let world = World::new();
    world.erase(&Whom::Post(world.reprint.id));
    for filed in world.store.months().unwrap() {
        world.store.compact(filed.month, &Keeps::default(), now()).unwrap();
    }
    let place = world.folder.path().to_owned();
    let before = found_in(&place, &NEEDLES);
    let packed = |(file, _): &(PathBuf, _)| file.ends_with("packed");
    assert!(before.iter().any(packed), "it is looked for where it is: {before:?}");
    world.erase(&her());
    assert_eq!(world.store.verify().unwrap(), Vec::<String>::new());
    world.store.close().unwrap();
    assert_eq!(found_in(&place, &NEEDLES), []);
    assert_eq!(found_in(&place, &[&HANDLE.to_lowercase(), &NAME.to_lowercase()]), []);
}

#[test]
fn what_came_while_somebody_was_asked_goes_as_well() {
    let world = World::new();
    let found = world.find(&her());
    let late = ada("late", "2026-04-20T08:00:00Z", WORDS);
    world.store.keep(std::slice::from_ref(&late)).unwrap();
    let (receipt, _) = world.erasure(|erasure| erasure.erase(&her(), &found).unwrap());
    assert!(receipt.own.contains(&late.id));
    assert_eq!((receipt.erased.posts, receipt.own.len()), (4, 3));
    assert_eq!(world.store.post(late.id).unwrap(), None);
    assert!(world.find(&her()).is_nothing());
    assert_eq!(world.store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn theirs_are_their_posts_and_what_passes_them_on_and_nothing_else() {
    let world = World::new();
    let found = world.find(&her());
    let (hers, passed_on): (Vec<_>, Vec<_>) =
        found.posts.iter().partition::<Vec<_>, _>(|post| !post.passes_on);
    assert_eq!(hers.iter().map(|post| post.id).collect::<BTreeSet<_>>(), ids(&world.hers));
    assert_eq!(passed_on.iter().map(|post| post.id).collect::<Vec<_>>(), [world.boost.id]);
    assert_eq!(found.same_words, [world.reprint.id]);
    assert_eq!(found.sources, [source("ada-alone")]);
    assert_eq!(found.authors(), [(format!("{NAME} ({HANDLE})"), 2)]);
    assert_eq!(found.months().len(), 2);

    let receipt = world.erase(&her());
    let store = &world.store;
    assert!(store.post(world.reply.id).unwrap().is_some(), "an answer is another's words");
    assert!(store.post(world.reprint.id).unwrap().is_some());
    for gone in world.hers.iter().chain([&world.boost]) {
        assert_eq!((store.post(gone.id).unwrap(), store.judged(gone.id).unwrap()), (None, None));
    }
    assert_eq!(store.labels().unwrap().len(), 1);
    assert_eq!(store.draws().unwrap().len(), 1);
    assert_eq!(store.memory(&source("ada-alone")).unwrap(), None);
    assert!(store.memory(&source("forum")).unwrap().is_some());
    assert_eq!(store.unteach().unwrap().unwrap().changes[0].label.post, world.others[0].id);
    let Counts { posts, verdicts, sources, digests } = store.counts().unwrap();
    assert_eq!((posts, verdicts, sources, digests), (62, 62, 1, 1));
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    // The receipt says what, where and what is left, and nobody's name.
    assert_eq!((receipt.own.len(), receipt.passed_on.len()), (2, 1));
    assert_eq!((receipt.erased.verdicts, receipt.erased.labels, receipt.erased.told), (3, 2, 2));
    assert_eq!(receipt.files.len(), 3);
    let file = world.folder.path().join("receipts/2026-05-01-1.json");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(&world.hers[0].id.to_string()), "{text}");
    assert!(NEEDLES.iter().all(|needle| !text.to_lowercase().contains(needle)), "{text}");
    world.erase(&Whom::Post(world.reply.id));
    assert!(file.with_file_name("2026-05-01-2.json").exists());
}

#[test]
fn a_digest_keeps_its_shape_and_its_numbers_and_says_why_words_are_missing() {
    let world = World::new();
    let before = world.sent();
    world.erase(&her());
    let after = world.store.digest("grace", before.date).unwrap().unwrap();
    let point = |digest: &Digest| digest.blocks[0].points[0].clone();
    assert_eq!(point(&after).evidence.stories, point(&before).evidence.stories);
    assert_eq!(point(&after).evidence.owners.len(), 2);
    assert_eq!(
        point(&after).evidence.owners[1],
        Owner::named("press.example"),
        "another's name stays"
    );
    assert_eq!(point(&after).quotes, point(&before).quotes);
    assert!(point(&after).claim.text.is_empty() && after.accounts[0].details[0].said.is_empty());
    assert_eq!(after.erased.len(), 2);
    let told: Vec<PostId> = after.told().iter().map(|told| told.post).collect();
    assert_eq!(told, [world.others[1].id]);
    assert_eq!(world.store.told("grace", before.date).unwrap().len(), 1);
    // It is laid out as before, the same each time, and the files say so.
    let folder = world.folder.path().join("digests");
    let file = |ending: &str| {
        fs::read_to_string(folder.join(format!("2026-03-08/grace.{ending}"))).unwrap()
    };
    for ending in ["html", "txt", "md"] {
        let text = file(ending);
        assert!(text.contains("Erased: whoever said this asked for it."), "{text}");
        assert!(
            !text.contains("“Erased") && !text.contains("&ldquo;Erased"),
            "no quotation: {text}"
        );
        assert!(text.contains("They rise."), "what others said stays");
    }
    let html = file("html");
    deliver::folder::write(
        &folder,
        &Proven::claimed(after.clone()),
        &overheard::views::Links::none(),
    )
    .unwrap();
    assert_eq!(file("html"), html);
    // And nothing may be put into an erased post's mouth.
    let mut forged = after;
    forged.blocks[0].points[0].claim.text = "They fall.".into();
    assert!(Proven::of(forged, |id| world.store.post(id).unwrap()).is_err());
}

#[test]
fn what_was_erased_does_not_come_back_with_the_next_fetch() {
    let world = World::new();
    world.erase(&her());
    let new = ada("3", "2026-05-02T08:00:00Z", "Something new.");
    let mirror = {
        let said = Said { key: "elsewhere".into(), author: None, ..world.hers[0].said.clone() };
        Post::new(&source("planet"), said, now())
    };
    let quote = {
        let to = Relation::Quote("http://www.forum.example/2/".into());
        said("q", "2026-05-02T08:00:00Z", by("Bob", "bob"), "So she says.", to)
    };
    let refused = [world.hers[0].clone(), world.boost.clone(), new.clone(), mirror, quote];
    let kept = world.store.keep(&refused).unwrap();
    assert_eq!((kept.refused, kept.new), (refused.len(), 0));
    assert!(world.store.refuses(world.hers[1].id).unwrap(), "nobody need fetch its article");
    assert!(!world.store.refuses(world.reply.id).unwrap());
    let bobs =
        said("b2", "2026-05-02T08:00:00Z", by("Bob", "bob"), "Of my own.", Relation::Original);
    assert_eq!(world.store.keep(&[bobs]).unwrap().new, 1, "who passed her on has things to say");
    let erasings = world.store.erasings().unwrap();
    assert_eq!((erasings.count, erasings.kept_out), (1, refused.len() as u64));
    // Neither by a digest nor by a label.
    let mut late = world.sent();
    late.reader = "hopper".into();
    world.store.claim(&late).unwrap();
    let kept = world.store.digest("hopper", late.date).unwrap().unwrap();
    assert_eq!(kept.erased.len(), 2);
    let label =
        Label { topic: "fees".into(), post: world.hers[0].id, answer: Answer::Is, at: now() };
    assert_eq!(world.store.teach(&[label], now()).unwrap().changes.len(), 0);
    assert_eq!(world.store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn a_name_is_looked_for_in_one_source_and_a_mail_address_everywhere() {
    let world = World::new();
    let name = |name: &str, of: Option<&str>| Whom::Author {
        name: name.to_owned(),
        source: of.map(source),
    };
    assert_eq!(world.find(&name("Ada", None)).posts, [], "a name is no handle");
    assert_eq!(world.find(&name("ada", Some("press"))).posts.len(), world.others.len());
    let short = world.find(&name("ada.quillfeather", Some("forum")));
    assert_eq!(short.posts.iter().filter(|post| !post.passes_on).count(), 2);
    assert_eq!(world.find(&name("ada.quillfeather", Some("press"))).posts, []);
    let mail = Author { handle: Some("eve@example.org".into()), ..Author::default() };
    let hers = said("m", "2026-04-04T08:00:00Z", mail, "By mail.", Relation::Original);
    world.store.keep(std::slice::from_ref(&hers)).unwrap();
    let receipt = world.erase(&Whom::Mail("mailto:Eve@Example.org".into()));
    assert_eq!(receipt.own, [hers.id]);
    assert_eq!(world.store.keep(&[hers]).unwrap().refused, 1);
    assert!(Whom::Place("https://forum.example/".into()).sign().is_err(), "a site is no post");
}

#[test]
fn one_post_goes_alone_wherever_it_was_heard() {
    let world = World::new();
    let receipt = world.erase(&Whom::Place("http://www.forum.example/1#".into()));
    assert_eq!((receipt.own.as_slice(), receipt.passed_on.len()), (&[world.hers[0].id][..], 1));
    assert!(world.store.post(world.hers[1].id).unwrap().is_some());
    let more = ada("4", "2026-05-02T08:00:00Z", "She goes on.");
    assert_eq!(world.store.keep(&[more]).unwrap().new, 1);
}

#[test]
fn a_follower_is_told_what_is_gone_and_reads_nothing_again() {
    let world = World::new();
    let march = world.store.months().unwrap()[0].month;
    let read = |after: Option<Mark>| world.store.changes(march, after, 1_000).unwrap();
    let mark = read(None).mark;
    world.erase(&her());
    let since = read(Some(mark));
    assert!(!since.from_start);
    let gone: BTreeSet<PostId> = since
        .changes
        .iter()
        .map(|change| match change {
            Change::Gone(id) => *id,
            Change::Now { post, .. } => panic!("{} is read again", post.id),
        })
        .collect();
    assert_eq!(gone, ids(&[world.hers[0].clone(), world.boost.clone()]));
}

#[test]
fn a_backup_of_before_brings_nothing_back_and_the_next_one_holds_no_word() {
    let world = World::new();
    world.erase(&Whom::Post(world.reprint.id));
    let there = world.folder.path().join("backup");
    back_up(&world.store, &there, now(), &|_| {}).unwrap();
    let folder = there.display().to_string();
    world.store.note_backup(&BackedUp { folder, at: now() }).unwrap();
    let gone = BackedUp { folder: "/nowhere/at/all".into(), at: now() };
    world.store.note_backup(&gone).unwrap();
    let of_before = world.folder.path().join("copied before");
    copy_folder(&there, &of_before);

    let receipt = world.erase(&her());
    let known: Vec<_> =
        receipt.backups.iter().map(|backup| (backup.folder.as_str(), backup.keeps_out)).collect();
    assert!(known.contains(&("/nowhere/at/all", false)) && known.iter().any(|(_, out)| *out));
    assert!(receipt.by_hand.iter().any(|left| left.contains("/nowhere/at/all")));

    // Into a new store, and a month of it into the one it is of, even from a copy nobody knew of.
    let restore = |from: &Path, into: &SledStore, month: Option<&str>| {
        let wanted = Wanted { month: month.map(|month| month.parse().unwrap()), until: None };
        backup::restore(from, into, wanted, &|_| {}).unwrap()
    };
    let new = SledStore::open(&world.folder.path().join("restored")).unwrap();
    let taken = restore(&there, &new, None);
    assert_eq!((taken.posts.new, taken.posts.refused), (61, 3));
    assert!(world.hers.iter().all(|post| new.post(post.id).unwrap().is_none()));
    let quoted = new.digest("grace", world.sent().date).unwrap().unwrap();
    assert_eq!(quoted.erased.len(), 2, "nor in its digests");
    assert_eq!((new.labels().unwrap().len(), new.verify().unwrap()), (1, vec![]));
    assert_eq!(new.keep(&world.hers).unwrap().refused, 2);
    assert_eq!(restore(&of_before, &world.store, Some("2026-04")).posts.refused, 1);

    // What is written next replaces the parts that held it.
    assert!(!found_in(&there, &NEEDLES).is_empty());
    back_up(&world.store, &there, now(), &|_| {}).unwrap();
    assert_eq!(found_in(&there, &NEEDLES), []);
    assert_eq!(backup::check(&there, Wanted::default()).unwrap(), world.store.counts().unwrap());
    // And an export takes along what stays out.
    let mut file = Vec::new();
    export::export(&world.store, &mut file).unwrap();
    let other = SledStore::open(&world.folder.path().join("imported")).unwrap();
    export::import(&other, &mut file.as_slice()).unwrap();
    assert_eq!(other.keep(&world.hers).unwrap().refused, 2);
    assert_eq!(other.counts().unwrap(), world.store.counts().unwrap());
}

/// What a kill left, and how it comes about.
type State = (&'static str, fn(&Path));

#[test]
fn an_erasing_that_was_cut_short_is_finished_by_the_next() {
    let world = World::new();
    let found = world.find(&her());
    world.store.keep_out(&[]).unwrap();
    world.store.close().unwrap();
    let folder = world.folder.path().join("store");
    // Killed while the desk was written anew: whichever of the two is whole stands.
    let states: [State; 3] = [
        ("before it was whole", |store| {
            fs::create_dir_all(store.join("anew-desk/sled")).unwrap();
            fs::write(store.join("anew-desk/sled/db"), "half").unwrap();
        }),
        ("in the middle of the swap", |store| {
            copy_folder(&store.join("desk"), &store.join("anew-desk"));
            fs::rename(store.join("desk"), store.join("dropped-desk")).unwrap();
        }),
        ("before the old was deleted", |store| {
            copy_folder(&store.join("desk"), &store.join("dropped-desk"));
        }),
    ];
    for (name, cut) in states {
        let copy = world.folder.path().join(name);
        copy_folder(&folder, &copy);
        cut(&copy);
        let store = SledStore::open(&copy).unwrap();
        assert_eq!(store.verify().unwrap(), Vec::<String>::new(), "{name}");
        assert_eq!(store.claims().unwrap().len(), 1, "{name}");
        store.close().unwrap();
        let names: BTreeSet<_> =
            fs::read_dir(&copy).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(names.iter().all(|name| !name.to_string_lossy().contains("-desk")), "{names:?}");
        fs::remove_dir_all(&copy).unwrap();
    }
    assert_eq!(found.posts.len(), 3);
    assert!(matches!(her().sign().unwrap(), Sign::Handle(_)));
}

/// Her posts are erased in a folder that is like that of [`World`]; it may not come to its end.
pub(super) fn erase_her(folder: &Path) {
    let store = SledStore::open(&folder.join("store")).unwrap();
    let digests = folder.join("digests");
    let erasure = Erasure {
        store: &store,
        data: folder,
        digests: &digests,
        links: &overheard::views::Links::none(),
        clock: &At(now()),
    };
    let found = erasure.find(&her(), &her().sign().unwrap(), &|_| {}).unwrap();
    println!("\nfound {}", found.posts.len());
    erasure.erase(&her(), &found).unwrap();
    println!("erased");
}

fn receipts(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("receipts")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// What is expected of a folder in which her erasing was begun, and cut short: it is finished, the receipt is
/// whole, and no byte is left. Whether it had begun.
#[track_caller]
fn finishes(folder: &Path, hers: &BTreeSet<PostId>) -> bool {
    let digests = folder.join("digests");
    {
        let store = SledStore::open(&folder.join("store")).unwrap();
        let erasure = Erasure {
            store: &store,
            data: folder,
            digests: &digests,
            links: &overheard::views::Links::none(),
            clock: &At(now()),
        };
        erasure.finish().unwrap();
        assert!(erasure.finish().unwrap().is_empty(), "there is nothing more to finish");
        assert_eq!(store.verify().unwrap(), Vec::<String>::new());
        assert_eq!(store.erasings().unwrap().unfinished, Vec::<String>::new());
        if store.erasings().unwrap().count == 0 {
            assert!(hers.iter().all(|id| store.post(*id).unwrap().is_some()), "all or nothing");
            assert!(receipts(folder).is_empty());
            return false;
        }
        store.close().unwrap();
    }
    let written = receipts(folder);
    let [receipt] = written.as_slice() else { panic!("{written:?}") };
    let receipt: Receipt = serde_json::from_slice(&fs::read(receipt).unwrap()).unwrap();
    assert_eq!(&receipt.own.iter().copied().collect::<BTreeSet<_>>(), hers);
    let erased = &receipt.erased;
    assert_eq!((erased.posts, erased.verdicts, erased.labels, erased.told), (3, 3, 2, 2));
    assert_eq!((erased.digests, erased.sources, erased.months.len()), (1, 1, 2));
    assert_eq!((receipt.files.len(), receipt.digests.len()), (3, 1));
    assert_eq!(found_in(folder, &[&HANDLE.to_lowercase(), &NAME.to_lowercase()]), []);
    true
}

#[test]
fn an_erasing_killed_at_any_moment_is_finished_by_the_next_run_with_a_whole_receipt() {
    let world = World::new();
    let hers = ids(&world.hers);
    let folder = world.folder;
    world.store.close().unwrap();
    let mut chance = Chance::new("erasings killed at random moments");
    let mut begun = 0;
    let lived = tempfile::tempdir().unwrap();
    for life in 0..lives(10) {
        let copy = lived.path().join(life.to_string());
        copy_folder(folder.path(), &copy);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", TEST, "--nocapture"])
            .env(ROLE, "erase")
            .env(FOLDER, &copy)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().starts_with("found 3")));
        thread::sleep(Duration::from_millis(chance.below(400)));
        child.kill().unwrap();
        child.wait().unwrap();
        begun += u64::from(finishes(&copy, &hers));
        fs::remove_dir_all(&copy).unwrap();
    }
    assert!(begun > 0, "none had begun");
}

#[test]
fn an_erasing_that_broke_off_in_the_middle_is_finished_and_keeps_everything_out() {
    let world = World::new();
    let hers = ids(&world.hers);
    // A month cannot be written anew beside itself: its posts are gone by then.
    let in_the_way = world.folder.path().join("store/months/anew-2026-03");
    fs::write(&in_the_way, "").unwrap();
    let found = world.find(&her());
    world.erasure(|erasure| erasure.erase(&her(), &found).unwrap_err());
    assert!(!world.store.erasings().unwrap().unfinished.is_empty());
    assert_eq!(world.store.keep(&world.hers).unwrap().refused, 2, "from the first moment on");
    world.store.close().unwrap();
    fs::remove_file(in_the_way).unwrap();
    assert!(finishes(world.folder.path(), &hers));
}

#[test]
fn whoever_reads_does_so_while_months_are_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(&folder.path().join("store")).unwrap();
    let posts: Vec<Post> = (0..3_000_u64)
        .map(|n| post(&n.to_string(), "2026-03-05T08:00:00Z", &noise(n, 800)))
        .collect();
    for batch in posts.chunks(100) {
        store.keep(batch).unwrap();
    }
    let digests = folder.path().join("digests");
    let data = folder.path();
    let anew = data.join("store/months/anew-2026-03");
    let is_over = AtomicBool::new(false);
    let read_meanwhile = thread::scope(|scope| {
        let (store, is_over) = (&store, &is_over);
        let (digests, gone) = (&digests, posts[7].id);
        scope.spawn(move || {
            let erasure = Erasure {
                store,
                data,
                digests,
                links: &overheard::views::Links::none(),
                clock: &At(now()),
            };
            let whom = Whom::Post(gone);
            let found = erasure.find(&whom, &whom.sign().unwrap(), &|_| {}).unwrap();
            erasure.erase(&whom, &found).unwrap();
            is_over.store(true, Ordering::SeqCst);
        });
        let mut read_meanwhile = 0;
        while !is_over.load(Ordering::SeqCst) {
            let is_at_it = anew.exists();
            assert_eq!(store.post(posts[8].id).unwrap().as_ref(), Some(&posts[8]));
            assert!(store.digest("grace", "2026-03-08".parse().unwrap()).unwrap().is_none());
            read_meanwhile += u32::from(is_at_it && anew.exists());
        }
        read_meanwhile
    });
    assert!(read_meanwhile > 0, "nobody read while it was written anew");
    assert_eq!(store.post(posts[7].id).unwrap(), None);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn erasing_nothing_makes_no_backup_old() {
    let world = World::new();
    let there = world.folder.path().join("backup");
    back_up(&world.store, &there, now(), &|_| {}).unwrap();
    let backup = BackedUp { folder: there.display().to_string(), at: now() };
    world.store.note_backup(&backup).unwrap();
    let receipt = world.erase(&Whom::Mail("nobody@example.org".into()));
    assert!(receipt.erased.is_nothing() && receipt.backups[0].keeps_out);
    assert!(!receipt.by_hand.iter().any(|left| left.contains("backup")), "{:?}", receipt.by_hand);
    let known = world.store.erasings().unwrap();
    assert_eq!((known.count, known.last, known.unfinished.len()), (1, None, 0));
    assert!(!backup.is_before(&known));
    // It stays out all the same.
    let mail = Author { handle: Some("nobody@example.org".into()), ..Author::default() };
    let hers = said("n", "2026-04-20T08:00:00Z", mail, WORDS, Relation::Original);
    assert_eq!(world.store.keep(&[hers]).unwrap().refused, 1);
    world.erase(&her());
    assert_eq!(world.store.erasings().unwrap().last, Some(now()));
}

#[test]
fn of_a_name_that_belongs_to_a_handle_the_handle_is_told() {
    let world = World::new();
    for name in [NAME.to_uppercase(), "ada.quillfeather".to_owned()] {
        let found = world.find(&Whom::Author { name, source: None });
        assert_eq!((found.posts.len(), found.digests.len()), (0, 0));
        let [namesake] = found.namesakes.as_slice() else { panic!("{:?}", found.namesakes) };
        assert_eq!((namesake.handle.as_deref(), &namesake.source), (Some(HANDLE), &None));
    }
    assert_eq!(world.find(&Whom::Author { name: "Nobody".into(), source: None }).namesakes, []);
}
