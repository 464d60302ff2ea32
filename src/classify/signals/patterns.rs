//! The table of patterns: for each event, where its arguments stand.
//!
//! The patterns are put together of pieces in braces. Names are told by their capitals, so that only
//! what is marked `(?i)` is read whatever its case. The first row that finds a part gives it.

use std::sync::LazyLock;

use regex::Regex;

use super::pieces::pattern;
use crate::verdict::Part;

/// An event whose arguments we know how to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Funding,
    NewLeader,
    Hiring,
    Layoffs,
    Migration,
    Outage,
    Tender,
    PriceChange,
    Partnership,
    Regulation,
    Complaint,
}

/// One way to say something of an event.
pub(super) struct Rule {
    /// What its groups of these names are.
    pub(super) parts: &'static [Part],
    pub(super) pattern: Regex,
    /// Words right before an argument that make it something else.
    bars: Option<Regex>,
    /// Holds only in a sentence that speaks of the event.
    pub(super) needs_cue: bool,
}

impl Rule {
    /// Whether what stands before an argument makes it something else.
    pub(super) fn bars(&self, before: &str) -> bool {
        self.bars.as_ref().is_some_and(|bars| bars.is_match(before))
    }
}

/// The events, each with the names marketers give it.
const EVENTS: [(Event, &[&str]); 11] = [
    (Event::Funding, &["funding", "funding round", "investment", "money raised"]),
    (Event::NewLeader, &["new leader", "leadership change", "new executive", "executive change"]),
    (Event::Hiring, &["hiring", "recruiting"]),
    (Event::Layoffs, &["layoffs", "layoff", "job cuts"]),
    (Event::Migration, &["migration", "switch", "vendor switch"]),
    (Event::Outage, &["outage", "outages", "downtime"]),
    (Event::Tender, &["tender", "tenders", "rfp"]),
    (Event::PriceChange, &["price change", "price changes", "pricing change", "price increase"]),
    (Event::Partnership, &["partnership", "partnerships", "alliance"]),
    (Event::Regulation, &["regulation", "regulations", "compliance"]),
    (
        Event::Complaint,
        &["complaint", "complaints", "competitor complaint", "complaint about a competitor"],
    ),
];

impl Event {
    /// The event of a signal's name.
    pub(super) fn of(name: &str) -> Option<Self> {
        let name = name.trim().to_lowercase();
        EVENTS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(event, _)| *event)
    }

    /// The ways to say something of it, the surest first.
    pub(super) fn rules(self) -> &'static [Rule] {
        &self.table().rules
    }

    /// Whether a sentence speaks of it.
    pub(super) fn speaks(self, sentence: &str) -> bool {
        self.table().cue.is_match(sentence)
    }

    fn table(self) -> &'static Table {
        match self {
            Self::Funding => &FUNDING,
            Self::NewLeader => &NEW_LEADER,
            Self::Hiring => &HIRING,
            Self::Layoffs => &LAYOFFS,
            Self::Migration => &MIGRATION,
            Self::Outage => &OUTAGE,
            Self::Tender => &TENDER,
            Self::PriceChange => &PRICE_CHANGE,
            Self::Partnership => &PARTNERSHIP,
            Self::Regulation => &REGULATION,
            Self::Complaint => &COMPLAINT,
        }
    }
}

struct Table {
    cue: Regex,
    rules: Vec<Rule>,
}

fn table(cue: &str, rules: &[(&'static [Part], &str)]) -> Table {
    let rule = |(parts, written): &(&'static [Part], &str)| Rule {
        parts,
        pattern: pattern(written),
        bars: None,
        needs_cue: true,
    };
    Table { cue: pattern(cue), rules: rules.iter().map(rule).collect() }
}

static FUNDING: LazyLock<Table> = LazyLock::new(|| {
    let mut table = table(
        r"(?i)\b(?:rais|secur|clos|land|bag|fund|invest|seed|series|round|capital|led by|backed|financ|inject|put in|debt|valued|snag|nab|pull|collect|announc)",
        &[
            (
                &[Part::Amount],
                r"(?i:raise|raises|raised|raising|secure[sd]?|securing|close[sd]?|closing|land(?:s|ed)?|bag(?:s|ged)?|nab(?:s|bed)?|snag(?:s|ged)?|pull(?:s|ed) in|put in|inject(?:s|ed)?|invest(?:s|ed)?|collect(?:s|ed)?|receive[sd]?|brought in|brings in|attract(?:s|ed)?|pick(?:s|ed) up|scor(?:es|ed)|get(?:s)?|got|announce[sd]?|worth|of|pour(?:s|ed|ing))(?:\s(?i:in|an?|another|some|around|about|over|more than|nearly|almost|up to|further|additional|a total of|roughly|fresh|a further|an additional|its|their|our|the|first|initial|new|at|least|oversubscribed|approximately|just|out|on|with|massive|whopping|cool)){0,4}\s(?P<amount>{MONEY})",
            ),
            (
                &[Part::Amount],
                r"(?P<amount>{MONEY})(?:,)?[\s-](?:(?i:in|of|from|for|an?|its|the|our|new|fresh|late|early|growth|venture|equity|series|seed|pre-?seed|angel|bridge|oversubscribed|debt|all-equity|strategic|first|second|additional|stage|[A-K])[\s-]){0,5}(?i:round|funding|financing|investment|capital|raise|injection|series|seed|equity|extension|debt|facility|cheque|check)\b",
            ),
            (
                &[Part::Amount],
                r"(?i:round|funding|seed|series [a-k]\d?|raise|financing|capital|investment|extension)\b[^.;]{0,24}?(?:[:(,–—-]|\bof\b|\bat\b|\bworth\b|\btotalling\b|\bis\b)\s?(?P<amount>{MONEY})",
            ),
            (&[Part::Amount], r"(?P<amount>{MONEY})"),
            (
                &[Part::Round],
                r"(?P<round>(?i:pre-)?(?i:series)[\s-](?i:[a-k]\d?\b)(?:[\s-](?i:extension)\b)?)",
            ),
            (
                &[Part::Round],
                r"(?P<round>(?i:pre-?seed|seed extension|seed|angel|bridge|mezzanine|pre-IPO|crowdfunding))[\s-](?i:round|funding|financing|investment|capital|money|stage|raise|extension|cheque|check)",
            ),
            (&[Part::Round], r"(?P<round>(?i:pre-?seed|seed))\b(?:$|[.,;!]| (?i:led|from|to|for))"),
            (
                &[Part::Round],
                r"(?P<round>(?i:venture debt|growth equity|private equity|convertible note|late[ -]stage|early[ -]stage))\b",
            ),
            (
                &[Part::Round],
                r"(?P<round>(?i:growth))[\s-](?i:round|funding|financing|investment|capital)",
            ),
            (
                &[Part::Investor],
                r"(?i:led|co-led|backed|headed|anchored|provided|fronted|financed)(?: entirely| once more| again| jointly)? by (?:(?i:existing|the|its|investor|investors|new|venture|firm|return(?:ing)?|backer|backers|growth)\s){0,3}(?P<investor>{NAME})",
            ),
            (
                &[Part::Investor],
                r"(?P<investor>{NAME}) (?i:led|leads|is leading|co-led|is investing|invests|has invested|invested|put in|wrote)\b",
            ),
            (
                &[Part::Investor],
                r"(?i:funding|investment|capital|cheque|check|money|round|raised|million|billion|[mM]) (?:\w+ ){0,3}?from (?:(?i:existing|the|its|investor|investors|new|venture|firm|backer)\s){0,3}(?P<investor>{NAME})",
            ),
        ],
    );
    let bars = pattern(
        r"(?i)\b(?:valu(?:ed|ing|ation)|worth|revenues?|sales|turnover|arr|profit|loss|market)\b[^,;]{0,28}$",
    );
    for rule in table.rules.iter_mut().filter(|rule| rule.parts == [Part::Amount]) {
        rule.bars = Some(bars.clone());
        // “We closed our seed round! 3.5 million euros.”
        rule.needs_cue = false;
    }
    table
});

static NEW_LEADER: LazyLock<Table> = LazyLock::new(|| {
    table(
        r"(?i)\b(?:appoint|nam(?:e|ed|es|ing)\b|hire|join|step|leav|resign|retir|succe|replac|promot|new (?:ceo|cto|cio|ciso|cfo|coo|chief|head|boss|leader)|take|took|start|becom|welcom|tap|poach|interim|is out|depart|first day|excited|thrilled|elect|chief|ceo|cto|cio|ciso|cfo|coo|head of|vp|director|president|pick)",
        &[
            (
                &[Part::Who],
                r"\b(?i:appoint(?:s|ed|ing)?|name[sd]?|naming|hire[sd]?|hiring|tap(?:s|ped)|promote[sd]?|promoting|welcome[sd]?|welcoming|poach(?:es|ed)|pick(?:s|ed)|elect(?:s|ed)|recruit(?:s|ed)|brings? in|brought in|brings? back|picks?|nominate[sd]?|install(?:s|ed)|choose|chose|chosen|selected|selects|unveil(?:s|ed)|announce[sd]?|introducing)(?: that| (?:the |its |our |a )?(?:former|ex-|longtime|veteran|insider|outsider)[^,.;]{0,60}?)?,? (?P<who>{PERSON})",
            ),
            (
                &[Part::Who],
                r"(?P<who>{PERSON})(?:, [^,.;]{1,70},| \([^)]{1,60}\))?(?: (?:has|have|had|is|was|will|been|be|who|now|also|today|just|yesterday|formerly|officially|formally|to)){0,4} (?i:joins?|joined|joining|named|appointed|hired|tak(?:es?|ing) (?:over|up|on|the)|took over|promoted|succeed(?:s|ed)?|replac(?:es|ed)|steps? (?:down|up|in|aside)|stepp(?:ed|ing) (?:down|up|in|aside)|leaves|leaving|resigns|resigned|retires|retired|retiring|starts|started|becom(?:es|e|ing)|became|elected|tapped|returns|departs|departed|moves|moving|poised|out as|quits|quit|tapped|confirmed|to lead|leads|assumes?|arrives)\b",
            ),
            (
                &[Part::Who],
                r"(?i:replaced|succeeded|followed|led|headed|run|filled|taken over|taken) (?:\w+ ){0,2}?by (?P<who>{PERSON})",
            ),
            (
                &[Part::Who],
                r"(?i:replaces|succeeds|replacing|succeeding|to replace|to succeed) (?:\w+ ){0,3}?(?P<who>{PERSON})",
            ),
            (&[Part::Who], r"(?:{OFFICE}),? (?:is |named |will be |: ?)?(?P<who>{PERSON})"),
            (
                &[Part::Who],
                r"(?P<who>{PERSON})(?:,| is| as|:| to be|—| –| -) (?:the |our |its |their |a |an |her |his )?(?:{NAME}['’]s )?(?i:new |former |incoming |outgoing |next |newly )?(?:{OFFICE})",
            ),
            (&[Part::Who], r"\b(?i:by|of|with|under|from|meet|thank|thanks to) (?P<who>{PERSON})"),
            (
                &[Part::Role],
                r"(?i:\bas|\bnamed|\bbecomes?|\bbecoming|\bbecame|\bappointed|\bhired|\bfor|\bto|\brole of|\bpost of|\bjob of|\bposition of|\bits|\bour|\btheir|\bthe|\ba|\bnew|\bformer) (?:(?i:the|its|our|their|a|an|first|new|next|newly created|permanent|role of)\s){0,3}(?P<role>{OFFICE})",
            ),
            (&[Part::Role], r"(?P<role>{OFFICE})"),
        ],
    )
});

static HIRING: LazyLock<Table> = LazyLock::new(|| {
    table(
        r"(?i)\b(?:hir|recruit|looking for|open(?:ing)?s?\b|role|position|job|join|vacanc|seek|add|grow|team|staff|want|need|search|post(?:ed|ing)|doubl|fill|come work|apply)",
        &[
            (
                &[Part::Count],
                r"(?P<count>{NUM}) (?:(?i:more|new|additional|open|extra|further|full-time|permanent|skilled|local|of|our|or|so|remote|engineering|security|technical|tech|IT|data|sales|support|software|platform|cloud|senior|junior|seasonal|AI|machine|learning|product|backend|frontend|job|graduate|site|reliability)\s){0,4}(?i:engineers?|developers?|roles?|positions?|people|jobs?|staff|employees|hires|openings|vacancies|technologists|SREs?|analysts?|scientists?|designers?|architects?|graduates|specialists|workers|apprentices|consultants|seats|drivers|nurses|managers|colleagues|salespeople|reps|experts|programmers|postings)\b",
            ),
            (
                &[Part::Count],
                r"(?i:hire|hiring|recruit|recruiting|add|adding|headcount by|staff by|team by|grow by|employ|take on)(?: about| around| up to| some| another| more than| over| nearly| as many as| at least| an additional)? (?P<count>{NUM})\b",
            ),
            (
                &[Part::Role],
                r"(?i:hiring|hire|hires|recruiting|recruit|looking for|looks for|seeking|seeks|searching for|need|needs|want|wanted:?|wants|open(?:ing)?s? for|open role:?|open position:?|role:|position:|vacancy for|vacancies for|vacancy:|roles? (?:as|for)|positions? (?:as|for)|add|adding|join us as|on the hunt for|after|come be our|apply:?|job:)[: ]+(?:(?i:an?|our|the|first|next|another|several|more|new|some|two|three|four|five|six|seven|eight|nine|ten|a couple of|couple|of|\d+|experienced|talented|great|skilled|additional|as|few|good|remote|brilliant|dozens|hundreds|for|very|full-time|part-time|ten|up|to)\s){0,5}(?P<role>(?:[{L}+#/.-]+ ){0,4}?(?i:engineers?|developers?|managers?|analysts?|SREs?|scientists?|designers?|architects?|leads?|salespeople|nurses?|drivers?|researchers?|technicians?|administrators?|admins?|consultants?|specialists?|writers?|executives?|officers?|directors?|representatives?|reps?|electricians?|technologists|counsel|accountants?|programmers?|DBAs?|recruiters?|marketers?|heads? of [a-z]+|apprentices?|welders?|operators?|underwriters?)\b)",
            ),
            (
                &[Part::Role],
                r"(?:{NUM}) (?:(?i:more|new|additional|open|extra|full-time|remote|job openings for)\s){0,2}(?P<role>(?:[{L}+#/.-]+ ){0,3}?(?i:engineers|developers|analysts|SREs|scientists|designers|architects|technologists|consultants|salespeople|managers|nurses|drivers|technicians|electricians|programmers|recruiters|researchers|specialists|underwriters)\b)",
            ),
        ],
    )
});

static LAYOFFS: LazyLock<Table> = LazyLock::new(|| {
    let mut table = table(
        r"(?i)\b(?:lay|laid|cut|job|redundan|restructur|shed|slash|dismiss|let go|elimin|axe|axing|fir(?:e|ed|ing)\b|workforce|severance|headcount|trim|reduc|downsiz|affect|impact|clos|los|gone|slim)",
        &[
            (
                &[Part::Count],
                r"(?P<count>{SHARE}|(?i:(?:about |almost |nearly )?a (?:third|quarter|fifth|tenth)|one in (?:two|three|four|five|six|seven|eight|nine|ten|twelve|twenty)|two thirds|three quarters)) (?i:of|from|reduction|cut|workforce|staff|headcount|fewer|less|jobs?|employees)",
            ),
            (
                &[Part::Count],
                r"(?P<count>{NUM}) (?:(?i:or so|of|its|our|their|the|my|more|other|full-time|corporate|local|global|permanent|office|support|engineering|tech|warehouse|remote|sales|marketing|factory|contract|additional|US|UK|administrative|highly|skilled|in-store|store)\s){0,4}(?i:jobs?|positions?|roles?|people|employees|workers|staff|staffers|colleagues|posts|contractors|engineers|of us|team ?mates|redundancies|layoffs|friends|developers|teammates|dismissals|coworkers|co-workers)\b",
            ),
            (
                &[Part::Count],
                r"(?P<count>(?i:half)) (?i:of )?(?i:the|its|our|their|my) (?:\w+ ){0,2}(?i:staff|team|workforce|company|employees|department|office|people)",
            ),
            (
                &[Part::Count],
                r"(?i:workforce|headcount|staff|team|jobs|payroll)(?: \w+){0,3}? by (?:(?i:about|around|roughly|nearly|up to|as much as|almost|some)\s){0,2}(?P<count>{SHARE}|{NUM}|(?i:a (?:third|quarter|fifth)|half))",
            ),
            (
                &[Part::Count],
                r"(?i:lay(?:s|ing)? off|laid off|cut(?:s|ting)?|let(?:s|ting)? go(?: of)?|shed(?:s|ding)?|fir(?:es|ed|ing)|axe[sd]?|eliminat(?:es|ed|ing)|dismiss(?:es|ed)?|slash(?:es|ed)?)(?: about| around| up to| some| another| more than| over| nearly| as many as| at least| roughly)? (?P<count>{NUM}|{SHARE})(?: (?:in|at|across|this|today|last|from|of|on|after|by)\b|[.,;!]|$)",
            ),
        ],
    );
    let bars = pattern(r"(?i)\b(?:by|in|of|since|from|grew|up) (?:20)$");
    for rule in &mut table.rules {
        rule.bars = Some(bars.clone());
    }
    table
});

static MIGRATION: LazyLock<Table> = LazyLock::new(|| {
    let both: &[Part] = &[Part::From, Part::To];
    table(
        r"(?i)\b(?:mov|migrat|switch|replac|ditch|port(?:ed|ing)|transition|leav|left|swap|drop|goodbye|hello|cut-?over|convert|went|going|jump|traded|away|off|consolidat|standardi[sz]|chose|→|->)",
        &[
            (
                both,
                r"(?i:mov(?:e|es|ed|ing)|migrat(?:e|es|ed|ing|ion)|switch(?:es|ed|ing)?|went|going|gone|port(?:ed|ing)|transition(?:s|ed|ing)?|jump(?:ed|ing)?|convert(?:s|ed|ing)?|shift(?:ed|ing)?|chang(?:ed|ing|es?)|consolidat(?:ed|ing)|upgrad(?:ed|ing)|cut-?over)\b[^.;!?]{0,60}?\b(?:away )?from (?:{DET})?(?P<from>{THING}(?:,? (?:and|&) {NAME})?)[^.;!?,]{0,24}? (?:on ?)?(?:over )?to (?:{DET})?(?P<to>{THING})",
            ),
            (
                both,
                r"(?i:replac(?:e|es|ed|ing)|swap(?:s|ped|ping)?(?: out)?|ditch(?:es|ed|ing)?|dump(?:s|ed|ing)?|drop(?:s|ped|ping)?|leav(?:es|ing)|left|traded?|abandon(?:s|ed|ing)?|exchang(?:ed|ing)|scrapp(?:ed|ing)|scraps|retir(?:ed|ing)) (?:{DET})?(?P<from>{THING})(?: [\w-]+){0,3}? (?:with|for|in favou?r of) (?:{DET})?(?P<to>{THING})",
            ),
            (
                both,
                r"(?i:mov(?:e|es|ed|ing)|get(?:ting)?|got|migrat(?:e|es|ed|ing)|jump(?:ed|ing)?|went|going|com(?:e|ing)) [^.;!?]{0,50}?\b(?i:off(?: of)?|out of) (?:{DET})?(?P<from>{THING})[^.;!?,]{0,24}? (?:and )?(?:on ?to|over to|to|into) (?:{DET})?(?P<to>{THING})",
            ),
            (
                both,
                r"(?i:goodbye|bye(?: bye)?|farewell|so long),? (?P<from>{NAME})[,.!;]* (?i:hello|hi|welcome),? (?P<to>{NAME})",
            ),
            (both, r"(?P<from>{NAME}) ?(?:→|->|=>|➡️?) ?(?P<to>{NAME})"),
            (
                both,
                r"(?i:chose|picked|prefer(?:s|red)?|went with|going with|opted for) (?:{DET})?(?P<to>{NAME}) (?i:over|instead of|rather than) (?:{DET})?(?P<from>{NAME})",
            ),
            (both, r"\bfrom (?:{DET})?(?P<from>{NAME}) (?:over )?to (?:{DET})?(?P<to>{NAME})"),
            (
                both,
                r"(?P<to>{NAME}) (?:will |to |has |is )?(?i:replac(?:es?|ed|ing)) (?:{DET})?(?P<from>{NAME})",
            ),
            (
                &[Part::From],
                r"(?i:mov(?:e|es|ed|ing)|migrat(?:e|es|ed|ing|ion)|switch(?:es|ed|ing)?|transition(?:ed|ing)?|get(?:ting)?|got|go|going|step(?:ping)?|walk(?:ed|ing)?|break(?:ing)?|wean(?:ing|ed)?)\b[^.;!?]{0,50}?\b(?i:away from|off of|off|from|out of) (?:{DET})?(?P<from>{THING})",
            ),
            (
                &[Part::From],
                r"(?i:replac(?:e|es|ed|ing)|ditch(?:es|ed|ing)?|leav(?:es|ing)(?: behind)?|left|dump(?:s|ed|ing)?|goodbye,?|retir(?:ed|ing)|scrapp(?:ed|ing)|cancell?(?:ed|ing)|dropp(?:ed|ing)|quit(?:ting)?|sunset(?:ting)?) (?:{DET})?(?P<from>{NAME})",
            ),
            (
                &[Part::To],
                r"(?i:mov(?:e|es|ed|ing)|migrat(?:e|es|ed|ing|ion)|switch(?:es|ed|ing)?|transition(?:s|ed|ing)?|port(?:ed|ing)|convert(?:ed|ing)|standardi[sz](?:ed|ing)|consolidat(?:ed|ing)|jump(?:ed|ing)?|went|going|cut(?:ting)? over|shift(?:ed|ing)?)\b[^.;!?]{0,60}?\b(?:on ?to|over to|to|on|into) (?:{DET})?(?P<to>{NAME})",
            ),
            (
                &[Part::To],
                r"(?i:mov(?:e|ed|ing)|migrat(?:e|ed|ing)|switch(?:ed|ing)?|transition(?:ed|ing)) (?:over )?to (?:{DET})?(?P<to>[a-z][\w.+#-]*[\w+#](?: [a-z][\w+#-]+){0,2}?)(?:[,.;:!?)]|$| (?:last|this|in|on|for|with|after|and|or|because|since|when|while|over|by|from|but|is|was|will)\b)",
            ),
        ],
    )
});

static OUTAGE: LazyLock<Table> = LazyLock::new(|| {
    table(
        r"(?i)\b(?:outage|down|offline|unavailab|unreachab|fail|error|degrad|disrupt|incident|broken|work|log ?in|load|slow|restor|timeout|timing out|crash|dead|recover|503|502|500)",
        &[
            (
                &[Part::Duration],
                r"(?P<duration>(?:{NUM}|(?i:several|a few|a couple of|an?|half an|almost \w+|nearly \w+))(?:[ -](?:and a half))?[ -]?(?i:hours?|hrs?|hr|h|minutes?|mins?|min|days?|weeks?)\b(?: (?:and )?\d+ ?(?i:minutes|mins|min|m)\b)?)",
            ),
            (
                &[Part::Where],
                r"(?P<where>\b(?:us|eu|ap|sa|ca|me|af|il|asia|europe|northamerica)-[a-z]+(?:-?\d)?[a-z]?\b)",
            ),
            (
                &[Part::Where],
                r"(?i:in|across|for|from|at) (?:(?i:the|our|its|their|all of|parts of|most of)\s){0,2}(?P<where>{NAME}) (?i:region|zone|data ?cent(?:re|er)|datacent(?:re|er)|availability zone|area|customers|users)",
            ),
            (
                &[Part::Where],
                r"(?i:in|across) (?:(?i:the|parts of|most of|all of|much of|large parts of)\s){0,2}(?P<where>{NAME})",
            ),
            (
                &[Part::What],
                r"(?i:outage|incident|disruption|downtime|failure|errors?|problems?|issues?|breakdown) (?i:at|of|with|on|hits|hit|affecting|impacting|in|takes down|knocks out) (?:(?i:the|our|their|its|all|parts of)\s){0,2}(?P<what>{NAME})",
            ),
            (
                &[Part::What],
                r"(?P<what>{NAME})(?:['’]s)? (?:(?:[\w-]+ ){0,3}?(?i:is|was|are|were|went|goes|has been|have been|still|keeps|being|been) (?:(?i:completely|partly|fully|again|still|totally|back|hard|been|now|all|mostly)\s){0,2}(?i:down|offline|unavailable|unreachable|degraded|broken|not working|dead|failing|timing out|slow|crashing|throwing|returning|erroring)|(?i:down|outage|outages|incident|disruption)\b)",
            ),
            (
                &[Part::What],
                r"(?i:log ?in to|log into|sign in to|sign into|reach|access|connect to|load|open|use|anyone else.{0,20} with|knocked out|took down|takes down|taking down|brought down|brings down|knocks out) (?:(?i:the|our|their|my)\s)?(?P<what>{NAME})",
            ),
            (
                &[Part::What],
                r"(?i:is|are|was) (?P<what>{NAME}) (?i:down|offline|broken|slow|having)",
            ),
            (
                &[Part::What],
                r"(?P<what>{NAME}) (?:(?:has|is|was|are|have) )?(?i:suffer(?:s|ed|ing)?|experienc(?:es|ed|ing)|report(?:s|ed|ing)?|investigat(?:es|ed|ing)|resolved|restored|recovering|confirmed|failed|crashed|back)\b",
            ),
        ],
    )
});

static TENDER: LazyLock<Table> = LazyLock::new(|| {
    table(
        r"(?i)\b(?:tender|rfp|rfi|rfq|bid|bids|bidding|proposal|procure|contract|framework|offers|quotes|shortlist|solicitation|supplier|selection|award|submission|deadline|lot)",
        &[
            (
                &[Part::Deadline],
                r"(?i:\bby|until|before|due(?: on| by| in)?|clos(?:es?|ing)(?: date)?(?: on| is| at)?|deadline(?: is| of| for [\w ]{1,30} is|:)?|no later than|open (?:till|until)|ends?(?: on)?|due date(?: is|:)?|expires?(?: on)?|latest by|submitted by|submit by|in by)[: ]+(?:(?i:noon|midnight|close of business|5 ?pm|12:00|12 noon|end of day)(?: on)? )?(?P<deadline>{DATE})",
            ),
            (
                &[Part::What],
                r"(?i:request|requests|call|calls|invitation) (?:for|to) (?i:proposals?|tenders?|bids?|offers|quotes?|quotations?|information|submit) (?:for|on) (?:(?i:an?|the|its|their|our|new|supply of|provision of|delivery of)\s){0,3}(?P<what>{PHRASE})",
            ),
            (
                &[Part::What],
                r"(?i:tenders?|RFPs?|RFIs?|RFQs?|bids?|proposals?|offers|quotes?|quotations?|call|solicitation|request|selection|submissions|bidding|procurement|expressions? of interest|competition|suppliers?|framework(?: agreement)?|invitation|contract notice)(?: is| are| just| now)?(?: out| open| published| live)? (?:for|on|of) (?:(?i:an?|the|its|their|our|new|some|a new|supply of|provision of|delivery of|replacement)\s){0,3}(?P<what>{PHRASE})",
            ),
            (
                &[Part::What],
                r"(?i:award(?:s|ed)?|won|wins|win|lost|sign(?:s|ed)|put(?:s|ting)? out|re-?tender(?:s|ed|ing)?|tender(?:s|ed|ing)|procur(?:e|es|ed|ing)|advertis(?:es|ed|ing)|bidding on|bid on|issue[sd]?|shortlisted for|publish(?:es|ed))(?: \w+){0,3}? (?:(?i:an?|the|its|their|our|new|five-year|four-year|three-year|ten-year|two-year|multi-year|\d+-year)\s){1,3}(?P<what>(?:[{L}\d/&-]+ ){1,5}?)(?i:contract|tender|framework|deal|RFP|notice)",
            ),
            (&[Part::Amount], r"(?P<amount>{MONEY})"),
        ],
    )
});

static PRICE_CHANGE: LazyLock<Table> = LazyLock::new(|| {
    let both: &[Part] = &[Part::From, Part::To];
    table(
        r"(?i)\b(?:pric|cost|fee|plan|tier|renewal|quote|licen[cs]|charge|cheap|expensive|rais|increas|hike|bill|seat|subscription|discount|rate|per month|a month|per user|pay|paying)",
        &[
            (
                both,
                r"\bfrom (?P<from>{MONEY})(?:[ /]?(?:per|a|an|/)[ /]?\w+(?:[ /](?:per|a|/)?[ /]?\w+)?|/\w+)?(?: \w+){0,3}? to (?:(?i:just|as much as|only)\s)?(?P<to>{MONEY})",
            ),
            (both, r"(?P<from>{MONEY})(?:/\w+)? ?(?:→|->|=>) ?(?P<to>{MONEY})"),
            (
                both,
                r"(?P<to>{MONEY})[^.;!?]{0,30}? (?:(?i:up|down)\s)?(?:from|instead of|, was|rather than|compared (?:to|with)|against) (?P<from>{MONEY})",
            ),
            (
                both,
                r"(?i:was|used to (?:be|pay|cost)|paid|were paying|paying) (?P<from>{MONEY})[^.;!?]{0,40}? (?i:now|is|and now|today)[^.;!?]{0,24}? (?P<to>{MONEY})",
            ),
            (
                &[Part::To],
                r"(?i:price|cost|fee|rate|plan|seat|licen[cs]e|tier|subscription|quote|renewal)\b[^.;!?]{0,40}? (?:will be|is now|now costs|to|goes to|jumps to|rises to|went to|climbs to|drops to|falls to|set at) (?P<to>{MONEY})",
            ),
            (&[Part::Change], r"(?P<change>{SHARE})"),
            (
                &[Part::Change],
                r"(?P<change>(?i:doubl(?:ed|es|ing|e)|tripl(?:ed|es|ing|e)|quadrupl(?:ed|es|ing|e)|halv(?:ed|es|ing|e)|twice|three times|four times|five times|ten times|tenfold|threefold|fivefold|\d+x|by (?:a )?half|by a (?:third|quarter|fifth)))\b",
            ),
            (
                &[Part::Change],
                r"(?i:rais(?:e|es|ed|ing)|increas(?:e|es|ed|ing)|hik(?:e|es|ed|ing)|cut(?:s|ting)?|lower(?:s|ed|ing)?|up|down|drop(?:s|ped)?|jump(?:s|ed)?|rise|rises|rose)\b[^.;!?]{0,40}? by (?P<change>{MONEY})",
            ),
            (
                &[Part::When],
                r"(?i:from|as of|effective(?: from| on| as of)?|start(?:s|ing)(?: from| on| in)?|beginning(?: on| in)?|in|on|since|come|until) (?P<when>{DATE})",
            ),
            (&[Part::When], r"(?P<when>(?i:next (?:week|month|quarter|year|spring|summer)))"),
        ],
    )
});

static PARTNERSHIP: LazyLock<Table> = LazyLock::new(|| {
    table(
        r"(?i)\b(?:partner|team(?:s|ed|ing)? up|forces|alliance|collaborat|integrat|agreement|joint|resell|together|memorandum|pact|marketplace|distribut|tie-?up|deal)",
        &[
            (
                &[Part::With],
                r"(?i:between) (?:the )?(?P<with>{NAME}) and (?:the )?(?P<with2>{NAME})",
            ),
            (
                &[Part::With],
                r"(?P<with>{NAME}),? (?:and|&) (?P<with2>{NAME})(?: (?:have|has|will|today|are|both))? (?i:announce[sd]?|sign(?:s|ed)?|form(?:s|ed)?|enter(?:s|ed)?|agree(?:s|d)?|team(?:s|ed|ing)? up|join(?:s|ed|ing)? forces|partner(?:s|ed|ing)?|expand(?:s|ed)?|launch(?:es|ed)?|deepen(?:s|ed)?|struck|strike|unveil(?:s|ed)?|extend(?:s|ed)?|collaborat(?:e|ed|ing)|set up|create[sd]?|to (?:partner|collaborate|join|team))\b",
            ),
            (
                &[Part::With],
                r"(?i:partner(?:s|ed|ing|ship|ships)?|team(?:s|ed|ing)? up|join(?:s|ed|ing)? forces|alliance|collaborat(?:e|es|ed|ing|ion|ions)|integrat(?:e|es|ed|ing|ion|ions)|agreement|joint venture|deal|pact|tie-?up|memorandum of understanding|MoU|contract|relationship|work(?:s|ing|ed)?)\b(?:,? [\w-]+){0,6}? with (?:(?i:the|its|our|their|cloud|giant|provider|vendor|start-?up|firm|chipmaker|telco|consultancy|bank|insurer|software|maker|retailer|long-time|partner)\s){0,4}(?P<with>{NAME})(?:(?:,| and|, and) (?P<with2>{NAME}))?",
            ),
            (
                &[Part::With],
                r"(?i:resell(?:s|ing)?|distribut(?:e|es|ing|or of)|reseller (?:of|for)|partner (?:of|to|for)|distributor for|certified by|integrates? into|available (?:on|in|through) the|joins the) (?:(?i:the|its|our|their)\s)?(?P<with>{NAME})",
            ),
            (
                &[Part::With],
                r"(?P<with>{NAME}) (?:(?i:will|to|has|is|have|becomes?|named|as)\s){0,3}(?i:resell(?:s|ing)?|distribut(?:e|es|ing)|our (?:new )?(?:certified |strategic |preferred |official )?partner)",
            ),
            (&[Part::With], r"\b(?i:with) (?:(?i:the|its|our|their)\s)?(?P<with>{NAME})"),
        ],
    )
});

static REGULATION: LazyLock<Table> = LazyLock::new(|| {
    table(
        r"(?i)\b(?:regulat|law|act|rule|directive|complian|comply|gdpr|dora|nis|bill|fine|fined|ban|legislat|parliament|commission|supervis|watchdog|obligat|deadline|force|effect|audit|privacy|requir|mandat|court|hipaa|pci|ccpa|order)",
        &[
            (
                &[Part::Rule],
                r"(?P<rule>\b(?:(?:EU|UK|US|European|Swiss|British|German|French|Indian|California|New York|Texas|Colorado)(?:['’]s)? )?(?:AI Act|GDPR|DORA|NIS ?2(?: Directive)?|CCPA|CPRA|HIPAA|PCI[ -]?DSS(?: v?\d(?:\.\d)*)?|SOX|Sarbanes-Oxley|CSRD|CSDDD|MiCAR?|PSD[23]|Basel I{2,3}V?|FedRAMP|CMMC(?: \d(?:\.\d)?)?|COPPA|FERPA|LGPD|PIPL|DPDPA?|FISMA|eIDAS(?: \d(?:\.\d)?)?|ISO(?:/IEC)? \d{4,5}|SOC ?2|DMA|DSA|CRA|FISA|ePrivacy|IFRS \d+|REACH|WCAG(?: \d\.\d)?|Solvency II|MiFID II|KRITIS|BSI C5)(?: (?:Act|Regulation|Directive|rules))?\b)",
            ),
            (
                &[Part::Rule],
                r"(?P<rule>\b(?:[{U}][{L}\d&'’-]+,? (?:(?:of|and|on|for|in|the|to) ){0,2}){1,6}(?:Act|Directive|Regulations?|Law|Ordinance|Bill|Rules?|Framework|Decree|Code|Standards?|Guidelines|Order|Statute|Charter|Convention)\b(?: (?:of )?\d{4}\b)?)",
            ),
            (
                &[Part::Rule],
                r"(?P<rule>\b(?:Section|Article|Rule|Regulation|Directive|Executive Order|Bill|SB|AB|HB)[ -](?:\(?[A-Z]{2}\)? )?\d+(?:[./-]\d+)*\b)",
            ),
            (
                &[Part::Amount],
                r"(?i:fin(?:e|es|ed|ing)|penalt(?:y|ies)|settle(?:s|d|ment)?|pay|levied|sanction)\b[^.;!?]{0,60}?(?P<amount>{MONEY})",
            ),
            (
                &[Part::Amount],
                r"(?P<amount>{MONEY}) (?:\w+ ){0,2}?(?i:fine|penalty|settlement|sanction)",
            ),
            (
                &[Part::When],
                r"(?i:from|as of|effective(?: from| on)?|start(?:s|ing)(?: from| on| in)?|beginning(?: on| in)?|by|on|since|until|before|force(?: on| in| from)?|applies? (?:from|on|in)|deadline(?: is| of)?) (?P<when>{DATE}(?:, \d{4})?|20[2-4]\d\b)",
            ),
            (&[Part::When], r"(?i:\bin) (?P<when>{MONTH} 20\d\d|{MONTH}|20[2-4]\d)\b"),
        ],
    )
});

static COMPLAINT: LazyLock<Table> = LazyLock::new(|| {
    let mut table = table(
        r"(?i)\b(?:disappoint|frustrat|terribl|awful|unaccept|never again|worst|fed up|waste|ghost|nightmare|downhill|broken|refund|mess|buggy|bad|avoid|unusabl|rip|support|useless|joke|hate|sick|tired|annoy|horribl|complain|unhappy|regret|poor|slow|lied|fail|ignor|cancel|leav|dear|outage|shame|garbage|trash|ticket|angry|switch|charg|overcharg|alternative|break|crash|lost)",
        &[
            (
                &[Part::About],
                r"(?i:fed up|sick(?: and tired)?|tired|disappointed|frustrated|unhappy|annoyed|angry|furious|disgusted|unimpressed|done|dissatisfied|lost patience|experience|problems?|issues?|trouble|nightmare|patience|struggl(?:e|ed|ing)|regret(?:s|ted)? (?:buying|choosing|signing|going))(?: (?:so|very|really|at the moment|right now|lately|again|yet again))? (?:with|of|by|in|at) (?:(?i:the|my|our|their|this|how|new|folks at|people at|team at|dealing with)\s){0,3}(?P<about>{NAME})",
            ),
            (
                &[Part::About],
                r"(?P<about>{NAME})(?:['’]s?)? (?:(?:[\w-]+ ){0,3}?)(?i:support|customer service|helpdesk|billing|account team|sales team|account manager|documentation|onboarding|dashboard|app|product|platform|service|update|software|API)\b",
            ),
            (
                &[Part::About],
                r"(?i:avoid|leaving|left|ditching|ditched|cancell?ed|cancell?ing|quitting|dump(?:ed|ing)|hate|hating|recommend(?: against)?|regret|dropping|complain(?:ed|ing|t)?s? (?:about|against|to|at)|alternatives? to|replacement for|refund from|away from|moving off|dear|hey|come on|shame on(?: you)?,?|thanks for nothing,?|looking at you,?|never again,?|worst vendor[^.;!?]{0,12}?:?|do not buy|don['’]t buy|stay away from|switched from|response from|reply from|answer from|callback from|word from|charged by|ghosted by|ignored by|lied to by|burned by|contract with|renew(?:ing)? with|renew|renewing|business with|worse than) (?:(?i:the|my|our|their|this|you|all|any|a)\s){0,2}(?P<about>@\w+|{NAME})",
            ),
            (
                &[Part::About],
                r"(?P<about>@\w+|{NAME}),? (?:(?i:has|have|is|was|are|just|really|still|again|keeps|kept|yet|simply|never|always|your|gets?|literally|apparently|,)\s){0,4}(?i:ghost(?:ed|s|ing)?|ignor(?:ed|es|ing)|broke|breaks|breaking|broken|lost|los(?:es|ing)|fail(?:s|ed|ing)?|crash(?:es|ed|ing)|lied|lies|charg(?:es|ed|ing)|overcharg(?:es|ed|ing)|a mess|a joke|a nightmare|a disaster|unusable|useless|terrible|awful|horrible|buggy|garbage|trash|slow|gone downhill|went downhill|going downhill|worse|the worst|disappointing|frustrating|unacceptable|unreliable|a waste|delet(?:ed|es|ing)|refus(?:ed|es|ing)|promis(?:ed|es|ing)|bill(?:ed|s|ing)|answer(?:ed|s)?|respond(?:ed|s)?|repl(?:ied|ies)|what (?:is|happened|the)|why)\b",
            ),
            (&[Part::About], r"(?P<about>@\w+)"),
        ],
    );
    // Whom a post is addressed to needs no word of complaint beside it.
    if let Some(addressed) = table.rules.last_mut() {
        addressed.needs_cue = false;
    }
    table
});

#[cfg(test)]
mod tests {
    use super::super::pieces::NEVER;
    use super::*;

    #[test]
    fn every_row_is_a_pattern_whose_groups_are_its_parts() {
        for (event, _) in EVENTS {
            assert!(event.table().cue.as_str() != NEVER.as_str(), "{event:?}: cue");
            for rule in event.rules() {
                assert!(rule.pattern.as_str() != NEVER.as_str(), "{event:?}");
                let named = rule.pattern.capture_names().flatten();
                for name in named {
                    let part =
                        rule.parts.iter().any(|part| name.trim_end_matches('2') == part.name());
                    assert!(part, "{event:?}: {name}");
                }
            }
        }
    }
}
