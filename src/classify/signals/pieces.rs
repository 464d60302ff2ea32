//! The pieces that patterns are put together of: amounts, names, offices, dates.

use std::sync::LazyLock;

use regex::Regex;

/// The pieces. Each may hold those above it.
const PIECES: [(&str, &str); 28] = [
    // The letters of English texts and of the names in them, capitals and all: with those of every
    // script a pattern takes twenty times the memory.
    ("{U}", "A-ZÀ-ÖØ-ÞĀ-Ž"),
    ("{L}", "A-Za-zÀ-ÖØ-öø-ž"),
    ("{W}", "A-Za-zÀ-ÖØ-öø-ž0-9_"),
    (
        "{NUM}",
        r"(?:[0-9]+(?:[.,][0-9]+)*|(?i:an? dozen|dozens|hundreds|thousands|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|half a|a hundred|a thousand)\b)",
    ),
    ("{SCALE}", r"(?i:thousand|million|billion|trillion|crore|lakh|mln|mn|bn|tn|mm|m|b|k)"),
    (
        "{MONEY}",
        r"(?:(?:US|AU|CA|NZ|HK|S|A|C|R)?[$€£¥₹₩₪]\s?[0-9]+(?:[.,][0-9]+)*(?:[\s-]?{SCALE}\b)?\+?|{NUM}[\s-]?(?:{SCALE}\b[\s-]?)?(?:U\.?S\.? |Canadian |Australian |Singapore |Hong Kong )?(?i:dollars?|euros?|pounds|sterling|francs|yen|yuan|rupees|kron(?:or|er)|zloty|reais|rand|cents?)\b|{NUM}[\s-]?(?:{SCALE}\b[\s-]?)?(?:USD|EUR|GBP|CHF|SEK|NOK|DKK|JPY|INR|PLN|AUD|CAD|SGD|BRL|ZAR|ILS|AED|SAR|CZK|HUF|KRW|CNY|RMB|NZD|HKD)\b|(?:USD|EUR|GBP|CHF|SEK|NOK|DKK|JPY|INR|PLN|AUD|CAD|SGD|BRL|ZAR|ILS|AED|SAR|CZK|HUF|KRW|CNY|RMB|NZD|HKD|Rs\.?)\s?[0-9]+(?:[.,][0-9]+)*(?:[\s-]?{SCALE}\b)?|[0-9]+(?:[.,][0-9]+)*\s?(?:{SCALE}\s?)?[€£₹]|(?i:(?:five|six|seven|eight|nine|ten|1[0-2]|[5-9])-figure)\b)",
    ),
    (
        "{SHARE}",
        r"(?:[0-9]+(?:[.,][0-9]+)?(?:\s?[-–]\s?[0-9]+(?:[.,][0-9]+)?)?\s?(?:%|(?i:per ?cent|pct)\b))",
    ),
    ("{CAP}", r"(?:[{U}][{L}0-9’'&.+-]*[{L}0-9+]|[{U}])"),
    ("{NAME}", r"(?:{CAP}(?:\s(?:(?:of|de|la|van|von|der|&|\+)\s)?(?:{CAP}|[0-9]{1,4}\b)){0,4})"),
    ("{GIVEN}", r"(?:[{U}][{L}]*[’'-]?[{L}]*(?:-[{U}][{L}]+)?)"),
    (
        "{PERSON}",
        r"(?:(?:Dr\.? |Prof\.? |Sir |Dame |Lord |Baroness )?{GIVEN}(?:\s[{U}]\.)?(?:\s(?:van|von|de|der|den|da|dos|del|la|bin|al|el|ter|ten|zu)){0,2}(?:\s{GIVEN}){1,2})",
    ),
    (
        "{LEVEL}",
        r"(?i:interim|acting|deputy|co-?|new|first|global|group|regional|executive|senior|vice|chief|founding|permanent|next|assistant|associate|field|local|worldwide)",
    ),
    (
        "{FIELD}",
        r"(?:(?i:engineering|security|operations|science|platform|marketing|sales|success|management|infrastructure|resources|development|affairs|analytics|protection|transformation|experience|it|data|ai|product|design|finance|procurement|technology|research|people|growth|revenue|partnerships|customer|information|digital|legal|compliance|risk|strategy|communications|cloud|software|supply|chain|architecture|cyber|cybersecurity|machine|learning|human|public|policy|business|corporate|commercial|channel|enterprise|the|privacy|quality|support|services|innovation|network|talent|content|brand|global|international|european|north american|EMEA|Europe|Americas|APAC|Asia))",
    ),
    ("{FIELDS}", r"(?:{FIELD}(?:(?: and | & |, | ){FIELD}){0,3})"),
    (
        "{OFFICE}",
        r"(?:\b(?:{LEVEL}[ -]){0,3}(?:(?i:CEO|CTO|CIO|CISO|CFO|COO|CMO|CRO|CPO|CHRO|CDO|CCO|CSO|CAIO|CXO)\b(?: and (?:president|chair(?:man|woman)?|managing director|COO|CEO))?|(?i:chief (?:[a-z]+ (?:(?:and |& )?[a-z]+ )?officer|executive|technologist|scientist|architect|economist|of staff|counsel))\b|(?i:(?:managing|executive|finance|technical|medical|creative|commercial|technology|IT|art|sales) director|general (?:manager|counsel|partner)|president|chair(?:man|woman|person)?(?: (?:and|&) (?:chief executive|CEO|president))?|treasurer|superintendent|commissioner|country manager|chancellor|provost)\b|(?i:(?:[SE]?VP|vice[ -]president|head|director|leader)(?:,| of| for)? {FIELDS})\b|(?i:{FIELDS} (?:lead|chief|head|director))\b))",
    ),
    (
        "{MONTH}",
        r"(?i:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)",
    ),
    ("{DAY}", r"(?i:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"),
    (
        "{DATE}",
        r"(?:[0-9]{4}-[0-9][0-9]-[0-9][0-9]|[0-9]{1,2}(?:st|nd|rd|th)?(?: of)? {MONTH}\b(?:,? [0-9]{4}\b)?|{MONTH}\b\.? [0-9]{1,2}(?:st|nd|rd|th)?\b(?:, [0-9]{4}\b)?|{MONTH} [0-9]{4}\b|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}|(?i:(?:the )?(?:end|beginning|start|middle) of ){MONTH}\b|(?i:next |this |noon on |midnight on )?{DAY}\b(?:,? (?:[0-9]{1,2}(?:st|nd|rd|th)?(?: of)? {MONTH}|{MONTH} [0-9]{1,2}))?|{MONTH}\b|(?i:tomorrow|today|next (?:week|month|quarter|year|spring|summer|autumn|winter)|the end of the (?:week|month|quarter|year)|year[ -]end)|(?:Q[1-4])(?: [0-9]{4})?)",
    ),
    // What may stand between a company and what it does: “, a maker of pumps, has today”.
    (
        "{TAIL}",
        r"(?: \([^()]{1,40}\))?(?:,? (?:which|who|whose|that|an?|the|formerly|based|part of|[a-z-]+-based)\b[^.,;!?]+,)?(?:,? (?i:has|have|had|is|are|was|will|would|to|also|today|now|just|finally|again|reportedly|recently|quietly|officially|successfully|plans?|planning|aims|wants|set|going|about|says?|said|announce[sd]?|confirm(?:s|ed)|it|that|they|be|been|on|this (?:week|morning|month)|yesterday|earlier|{DAY})\b)*",
    ),
    // What turns an event round, where its verb follows.
    (
        "{NOT}",
        r"(?i:(?:\bnot|n['’]t|never|nor|no plans? to|no intention|denie[sd]|deny(?:ing)?|fail(?:s|ed)? to|refus(?:es|ed) to|without|\bif (?:we|i|you|they|he|she|it)(?:['’]d)?(?: ever| were)?|how (?:much |many |long )?(?:to|do|does|did|should|can|would)|should (?:we|i|you|they)|could(?:a| have)?|would(?:a| have)?) (?:[{W}$€£-]+ ){0,3}?)",
    ),
    (
        "{PAST}",
        r"(?i:\bin (?:the )?1[89][0-9][0-9]s?\b|(?:\bback in|^in) 20[01][0-9]\b|is history|years? ago)",
    ),
    // A headline's subject and the verb it goes on with.
    ("{DOES}", r"(?:{TAIL} (?:[a-z]+ ){0,2}?(?:[a-z]+s|to [a-z]+)\b)"),
    ("{OF}", r"(?:(?i:the|our|their|its|an?|new|own|all|some)\s){0,3}"),
    // The common noun for a company, where its name follows.
    (
        "{KIND}",
        r"(?i:(?:[a-z-]+ )?(?:firm|startup|start-up|company|maker|provider|specialist|platform|group|developer|scale-up|business|operator|retailer|vendor|unicorn))",
    ),
    (
        "{JOB}",
        r"(?i:engineers?|developers?|devs?|devops(?: person)?|managers?|analysts?|SREs?|scientists?|designers?|architects?|leads?|sales ?people|nurses?|drivers?|researchers?|technicians?|administrators?|admins?|sysadmins?|consultants?|specialists?|writers?|executives?|officers?|directors?|representatives?|reps?|electricians?|technologists?|counsel|accountants?|bookkeepers?|programmers?|testers?|DBAs?|recruiters?|marketers?|heads? of [a-z]+(?: [A-Z][a-z]+)?|apprentices?|graduates|interns?|welders?|operators?|underwriters?|assistants?|coordinators?|teachers?|planners?|strategists?|editors?|controllers?|buyers?|mechanics?|carers?|cooks?|chefs?|partners?|advisers?|advisors?)",
    ),
    (
        "{DET}",
        r"(?i:(?:the|our|their|its|an?|my|your|his|her|old|own|new|self-hosted|legacy|in-house|ageing|aging|existing|managed|hosted|good old|company's|current|expensive|using|both|entire|whole)\s){1,3}",
    ),
    ("{PHRASE}", r"[{L}0-9/&'’-]+(?:(?: |,[0-9])[{L}0-9/&'’-]+){0,9}"),
    ("{THING}", r"(?:{NAME}|[a-z][{W}.+#-]*[{W}+#])"),
];

/// A pattern with its pieces put in. One that is no pattern finds nothing: a test sees to that.
pub(super) fn pattern(written: &str) -> Regex {
    let mut whole = written.to_owned();
    for (piece, meaning) in PIECES.iter().rev() {
        whole = whole.replace(piece, meaning);
    }
    let built =
        regex::RegexBuilder::new(&whole).size_limit(SIZE_LIMIT).dfa_size_limit(DFA_LIMIT).build();
    debug_assert!(built.is_ok(), "{written}: {:?}", built.as_ref().err());
    built.unwrap_or_else(|_| NEVER.clone())
}

/// Bytes each pattern may remember of texts to be quicker at the next one: they are some three hundred.
const DFA_LIMIT: usize = 96 << 10;

/// Bytes a compiled pattern may take: names with all the letters of Unicode take some megabytes.
const SIZE_LIMIT: usize = 64 << 20;

#[expect(clippy::expect_used, reason = "a constant pattern")]
pub(super) static NEVER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[^\s\S]").expect("a pattern"));
