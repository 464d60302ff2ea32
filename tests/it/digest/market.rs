//! A small market, written by hand: who says what, when, and how it was judged.

use jiff::civil::{date, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use overheard::account::Account;
use overheard::classify::signals::arguments;
use overheard::digest::{
    Digest, Heard, Input, Listening, Met, Outages, RisingTold, Told, ToldBefore, Useful, make,
    window,
};
use overheard::post::{Author, Post, PostId, Relation, Said};
use overheard::reader::{Reader, Rhythm};
use overheard::source::{Owner, Source, SourceId, Speaker, Voice};
use overheard::topic::{Offer, Ruleset, Stage, Topic, TopicKind};
use overheard::verdict::{
    AccountVerdict, Band, Embedding, Language, ModelId, Sentiment, SentimentLabel, TopicVerdict,
    Verdict,
};

/// Directions in the made-up space of meanings.
const DIMENSIONS: usize = 512;

/// The cosine of two posts that make one claim: what MiniLM gives such posts.
const SAME_CLAIM: f32 = 0.65;

/// Everything that was said.
#[derive(Clone)]
pub(crate) struct Market {
    pub(crate) posts: Vec<Spoken>,
    pub(crate) sources: Vec<Source>,
    pub(crate) ruleset: Ruleset,
    pub(crate) accounts: Vec<Account>,
    pub(crate) listening: Listening,
    pub(crate) outages: Outages,
    pub(crate) met: Vec<Met>,
    pub(crate) told_before: Vec<ToldBefore>,
    pub(crate) rising_told: Vec<RisingTold>,
    pub(crate) useful: Useful,
}

/// One post, with its verdict and its place.
#[derive(Clone)]
pub(crate) struct Spoken {
    pub(crate) post: Post,
    pub(crate) verdict: Verdict,
    pub(crate) embedding: Embedding,
}

/// The reader of every test: Mara in Berlin.
pub(crate) fn mara() -> Reader {
    Reader {
        id: "mara".to_owned(),
        name: "Mara Lindqvist".to_owned(),
        email: None,
        topics: vec!["cloud cost".to_owned(), "on-call".to_owned()],
        accounts: vec!["Halden Freight".to_owned(), "Quillon Bank".to_owned()],
        time_zone: TimeZone::get("Europe/Berlin").unwrap(),
        at: time(7, 0, 0, 0),
        rhythm: Rhythm::default(),
        send: vec![],
        calendar: None,
        renewed: None,
    }
}

/// The day of the digest.
pub(crate) const TODAY: jiff::civil::Date = date(2026, 11, 20);

/// So many days and a bit before the digest's morning.
pub(crate) fn days_ago(days: i64) -> Timestamp {
    let morning = window(&mara(), TODAY).until;
    morning - (24 * days + 5).hours()
}

impl Market {
    /// A market with topics and accounts, in which nobody has said anything.
    pub(crate) fn silent() -> Self {
        let topic = |name: &str, kind, ask: &str| Topic {
            name: name.to_owned(),
            kind,
            description: String::new(),
            examples: Vec::new(),
            any: Vec::new(),
            all: Vec::new(),
            none: Vec::new(),
            ask: (!ask.is_empty()).then(|| ask.to_owned()),
            offer: vec![Offer {
                title: format!("A field guide to {name}"),
                url: "https://we.example/guide".to_owned(),
                stage: Stage::Awareness,
            }],
        };
        let account = |name: &str| Account {
            name: name.to_owned(),
            aliases: Vec::new(),
            domain: None,
            about: None,
            not: Vec::new(),
            owner: None,
            competitors: Vec::new(),
        };
        Self {
            posts: Vec::new(),
            sources: Vec::new(),
            ruleset: Ruleset::of(vec![
                topic("cloud cost", TopicKind::Topic, "What share of your bill is leaving data?"),
                topic("on-call", TopicKind::Topic, "Who wakes up when it breaks?"),
                topic("funding", TopicKind::Signal, ""),
            ]),
            accounts: vec![account("Halden Freight"), account("Quillon Bank")],
            listening: Listening { sources: 14, heard: 12, ..Listening::default() },
            outages: Outages::default(),
            met: Vec::new(),
            told_before: Vec::new(),
            rising_told: Vec::new(),
            useful: Useful::default(),
        }
    }

    /// Adds a source whose owner is `name`.example.
    pub(crate) fn source(&mut self, name: &str, voice: Voice) {
        let speaker = if voice == Voice::Social { Speaker::Author } else { Speaker::Owner };
        self.sources.push(Source {
            id: name.parse().unwrap(),
            kind: "feed",
            owner: Owner::of_host(&format!("{name}.example")),
            voice,
            speaker,
            tags: Vec::new(),
            language: None,
            every: None,
            paused: false,
        });
    }

    /// Somebody says something. Change what differs through the answer.
    pub(crate) fn say(&mut self, source: &str, days: i64, claim: usize, text: &str) -> &mut Spoken {
        let number = self.posts.len();
        let id: SourceId = source.parse().unwrap();
        assert!(self.sources.iter().any(|known| known.id == id), "no source {source}");
        let said = Said {
            key: format!("{source}-{number}"),
            url: Some(format!("https://{source}.example/{number}")),
            text: text.to_owned(),
            published: Some(days_ago(days)),
            ..Said::default()
        };
        let post = Post::new(&id, said, days_ago(days));
        let verdict = Verdict {
            post: post.id,
            model: ModelId("hand".to_owned()),
            ruleset: self.ruleset.id.clone(),
            at: days_ago(days),
            language: Language { code: "en".to_owned(), confidence: 1.0 },
            sentiment: Sentiment { label: SentimentLabel::Neutral, score: 0.9, probs: None },
            topics: Vec::new(),
            signals: Vec::new(),
            accounts: Vec::new(),
        };
        let embedding = place(claim, number);
        self.posts.push(Spoken { post, verdict, embedding });
        self.posts.last_mut().unwrap()
    }

    /// Everything, as the digest takes it.
    pub(crate) fn heard(&self) -> Vec<Heard<'_>> {
        let mut heard = Vec::new();
        for Spoken { post, verdict, embedding } in &self.posts {
            let source = self.sources.iter().find(|source| source.id == post.source).unwrap();
            heard.push(Heard { post, verdict, embedding, source });
        }
        heard
    }

    /// Mara's digest of today.
    pub(crate) fn digest(&self) -> Digest {
        self.digest_for(&mara(), TODAY, &[])
    }

    /// A reader's digest of a day.
    pub(crate) fn digest_for(
        &self,
        reader: &Reader,
        day: jiff::civil::Date,
        told: &[Told],
    ) -> Digest {
        let heard = self.heard();
        let window = window(reader, day);
        make(&Input {
            reader,
            ruleset: &self.ruleset,
            accounts: &self.accounts,
            window,
            now: window.until,
            heard: &heard,
            told,
            listening: self.listening.clone(),
            outages: &self.outages,
            met: &self.met,
            told_before: &self.told_before,
            rising_told: &self.rising_told,
            useful: &self.useful,
        })
    }

    /// The post called `id`.
    pub(crate) fn post(&self, id: PostId) -> Option<Post> {
        self.posts.iter().map(|spoken| &spoken.post).find(|post| post.id == id).cloned()
    }
}

impl Spoken {
    pub(crate) fn about(&mut self, topic: &str) -> &mut Self {
        let said = arguments(topic, &self.post.full_text(), &[]);
        let judged = TopicVerdict {
            name: topic.to_owned(),
            score: 0.9,
            band: Band::Yes,
            why: "by hand".to_owned(),
            arguments: said,
        };
        let list = if SIGNALS.contains(&topic) {
            &mut self.verdict.signals
        } else {
            &mut self.verdict.topics
        };
        list.push(judged);
        self
    }

    pub(crate) fn feeling(&mut self, label: SentimentLabel) -> &mut Self {
        self.verdict.sentiment.label = label;
        self
    }

    pub(crate) fn naming(&mut self, account: &str, mention: &str) -> &mut Self {
        self.verdict.accounts.push(AccountVerdict {
            name: account.to_owned(),
            mention: mention.to_owned(),
            score: 0.9,
            why: "by hand".to_owned(),
            sentiment: None,
        });
        self
    }

    /// What is felt towards the account named last.
    pub(crate) fn towards(&mut self, label: SentimentLabel) -> &mut Self {
        let sentiment = Sentiment { label, score: 0.9, probs: None };
        self.verdict.accounts.last_mut().unwrap().sentiment = Some(sentiment);
        self
    }

    pub(crate) fn titled(&mut self, title: &str) -> &mut Self {
        self.post.said.title = Some(title.to_owned());
        self
    }

    pub(crate) fn by(&mut self, name: &str) -> &mut Self {
        let handle = format!("{}@social.example", name.to_lowercase());
        self.post.said.author =
            Some(Author { name: Some(name.to_owned()), handle: Some(handle), url: None });
        self
    }

    /// It reached us later than it was said.
    pub(crate) fn heard(&mut self, days: i64) -> &mut Self {
        self.post.heard = days_ago(days);
        self
    }

    pub(crate) fn relation(&mut self, relation: Relation) -> &mut Self {
        self.post.said.relation = relation;
        self
    }
}

/// The place of a post that makes `claim`: near to its likes, at a right angle to the others.
fn place(claim: usize, number: usize) -> Embedding {
    let mut values = vec![0.0; DIMENSIONS];
    values[claim] = SAME_CLAIM.sqrt();
    values[64 + number % (DIMENSIONS - 64)] = (1.0 - SAME_CLAIM).sqrt();
    Embedding(values)
}

/// What is no topic.
const SIGNALS: [&str; 2] = ["funding", "outage"];

const WIRE: &str = "Stratos Cloud will charge twice as much for data that leaves its regions from January, the company told customers on Monday. Egress fees at Stratos Cloud rise from four to eight cents a gigabyte, the first change in five years. Finance teams had planned their budgets on the old price list. Analysts expect rivals to wait and watch.";

/// A week with everything in it.
pub(crate) fn busy() -> Market {
    use SentimentLabel::{Negative, Positive};
    let mut market = Market::silent();
    for (name, voice) in [
        ("dailyrack", Voice::Press),
        ("thewire", Voice::Press),
        ("harborpost", Voice::Press),
        ("millbrook", Voice::Customer),
        ("tannery", Voice::Customer),
        ("oakline", Voice::Customer),
        ("gridview", Voice::Analyst),
        ("nightshift", Voice::Blog),
        ("pagerdiary", Voice::Blog),
        ("commons", Voice::Social),
        ("stratos", Voice::Vendor),
        ("ourfield", Voice::Field),
        ("panel", Voice::Survey),
        ("drvoss", Voice::Expert),
    ] {
        market.source(name, voice);
        // Each was listened to before: small talk that is about no topic.
        market.say(name, 34, 40, "A quiet week with little to tell from our corner of the world.");
    }
    for copy in 1..=9 {
        market.source(&format!("mirror{copy}"), Voice::Press);
    }

    market
        .say("thewire", 3, 0, WIRE)
        .about("cloud cost")
        .feeling(Negative)
        .titled("Stratos doubles egress fees");
    for copy in 1..=9 {
        let edited = WIRE.replace("on Monday", if copy % 2 == 0 { "this week" } else { "earlier" });
        market
            .say(&format!("mirror{copy}"), 2, 0, &edited)
            .about("cloud cost")
            .feeling(Negative)
            .titled(&format!("Stratos doubles egress fees, copy {copy}"));
    }
    market.say("dailyrack", 2, 0, "Egress fees are the new hidden tax of the cloud. Our own reporting across nine firms shows that egress fees now make up a fifth of the average bill. Few of the buyers had a clause that protects them.").about("cloud cost").feeling(Negative).by("Ines Falk");
    market.say("harborpost", 1, 0, "Shippers complain about cloud costs. Several port operators told us that egress fees have doubled their monthly cloud bill since the summer.").about("cloud cost").feeling(Negative);
    market.say("millbrook", 1, 0, "We run forty stores on Stratos. Our egress fees doubled in one quarter, and nobody on the account team could tell us why. We are now moving our backups elsewhere.").about("cloud cost").feeling(Negative);
    market.say("tannery", 2, 0, "Notes from a small team. We pay more for egress fees than for all of our databases together. That is absurd.").about("cloud cost").feeling(Negative);
    market.say("gridview", 4, 0, "Our tracker follows 210 buyers. Egress fees grew by 38 percent over the year, faster than any other line of the cloud bill. We see no end to it.").about("cloud cost").by("Tom Arden");
    market.say("oakline", 1, 0, "Everybody is angry about egress fees this month. We think the panic is overblown: our egress fees fell by a tenth after we put a cache in front of the shop.").about("cloud cost").feeling(Positive);
    for (source, days, text) in [
        (
            "dailyrack",
            20,
            "Moving data out of a region still surprises newcomers on their first invoice.",
        ),
        (
            "gridview",
            27,
            "Transfer charges stood at a tenth of the median bill in our spring tables.",
        ),
        ("millbrook", 15, "Somebody in finance asked us today what the line called egress is for."),
    ] {
        market.say(source, days, 0, text).about("cloud cost");
    }

    market.say("nightshift", 1, 1, "I left a job I loved last month. Being paged four times a night for a year is what on-call did to me. My new team pays for every page.").about("on-call").feeling(Negative).by("Jo Marsh");
    market.say("pagerdiary", 3, 1, "A diary of a bad year. Our on-call rotation lost three of eight engineers because nights were never paid. Nobody was surprised.").about("on-call").feeling(Negative);
    market.say("commons", 2, 1, "Paying engineers for each night they are paged cut our on-call pages by half within a quarter.").about("on-call").by("Ruth");
    let original = market.posts.last().unwrap().post.said.url.clone().unwrap();
    market.say("commons", 1, 1, "Paying engineers for each night they are paged cut our on-call pages by half within a quarter.").about("on-call").by("Sam").relation(Relation::Boost(original));

    market.say("harborpost", 2, 2, "Halden Freight has raised 60 million dollars to put its dispatch system in the cloud. The round was led by Norrsken Bridge, the company said.").about("funding").naming("Halden Freight", "Halden Freight").feeling(Positive).titled("Halden Freight raises 60 million");
    market.say("commons", 1, 3, "Quillon Bank still closes its branch systems every Sunday night for batch runs, and the queue at the machine shows it.").naming("Quillon Bank", "Quillon Bank").by("Piet");

    market.say("ourfield", 2, 4, "Met the head of platform at a retailer in Lyon. She has frozen every project that moves data between clouds until the egress fees are renegotiated.").about("cloud cost");
    market.say("panel", 5, 5, "We asked 412 buyers, 31 percent answered. Two in three buyers name egress fees as the cost they can predict least.").about("cloud cost");
    market.say("drvoss", 3, 6, "Egress pricing is a retention tool, not a cost recovery. Vendors price the exit, and buyers only notice when they try to use it.").about("cloud cost").by("Dr Lena Voss");

    market.listening.failing = vec![
        (
            "brokenbeat".to_owned(),
            "brokenbeat.example answers 500; we will try again in an hour.".to_owned(),
        ),
        (
            "slowpoke".to_owned(),
            "slowpoke.example did not answer within 10 seconds; we will try again tomorrow."
                .to_owned(),
        ),
    ];
    market
}
