//! Words that surround company names, and English words that companies are named after.

use std::collections::HashSet;
use std::sync::LazyLock;

/// What stands after a company's name in law or in its place, without dots: the forms of some fifty
/// countries, as their registers abbreviate them.
#[rustfmt::skip]
pub(super) const LEGAL: [&str; 272] = [
    "ab", "abp", "ad", "adsitz", "ae", "ag", "akc", "akciova", "akciová", "aktiengesellschaft",
    "amba", "anonim", "anonima", "anonyme", "ans", "ao", "apb", "aps", "as", "asa", "ay", "berhad",
    "beschrankter", "beschränkter", "bhd", "bpk", "bt", "bv", "bvba", "cia", "cic", "cio", "cjsc",
    "clg", "co", "compagnie", "compania", "companies", "company", "coop", "cooperativa",
    "cooperative", "corp", "corporation", "cv", "cvba", "da", "dac", "dd", "dno", "doo", "dooel",
    "ead", "edms", "ee", "eeig", "egmbh", "ehf", "eireli", "eirl", "ek", "eood", "epe", "esv",
    "eteria", "eurl", "ev", "fmba", "fzco", "fze", "fzllc", "gbr", "genossenschaft", "gesbr",
    "gesellschaft", "gesmbh", "ggmbh", "gie", "gk", "gmbh", "godo", "group", "groupe", "grupo",
    "gruppe", "gruppo", "gte", "haftung", "haftungsbeschraenkt", "haftungsbeschränkt", "hb", "hf",
    "holding", "holdings", "ikraft", "inc", "incorporated", "is", "ivs", "jsc", "kabushiki",
    "kaisha", "kb", "kda", "kft", "kg", "kgaa", "kht", "kk", "kkt", "kom", "komandytowa",
    "kommanditgesellschaft", "konzern", "koop", "ks", "ksc", "kscc", "ky", "lda", "limitada",
    "limitata", "limitată", "limited", "llc", "llcs", "lllp", "llp", "lp", "ltd", "ltda", "mb",
    "mbh", "mchj", "mepe", "nv", "nyrt", "oaj", "oao", "obch", "obmedzeným", "obrt",
    "odpowiedzialnością", "oe", "og", "ograniczoną", "ohf", "ohg", "oik", "ojsc", "omezeným", "oo",
    "ood", "ooo", "osk", "ou", "oy", "oyj", "oü", "pao", "partg", "pc", "peec", "pfa", "pjsc",
    "plc", "pllc", "private", "proprietary", "psc", "pte", "pty", "ptyltd", "public", "pvt", "qsc",
    "raspundere", "responsabilidad", "responsabilité", "rf", "rl", "rt", "rup", "ručením", "ry",
    "răspundere", "sa", "saa", "sab", "sad", "sae", "sagl", "sal", "sanv", "saoc", "saog", "sapa",
    "sapi", "sarl", "sarlau", "sas", "sasu", "sau", "sca", "sccl", "scea", "scop", "scpa", "scrl",
    "scs", "sd", "sdn", "se", "sgps", "sgr", "sia", "sicav", "sirketi", "sl", "sll", "slne", "slu",
    "smba", "snc", "snco", "soc", "sociedad", "sociedade", "societa", "societate", "societatea",
    "societe", "spa", "spe", "spj", "spk", "spol", "společnost", "spolka", "spoločnosť", "sprl",
    "spzo", "spzoo", "spółka", "srl", "srle", "srls", "sro", "stichting", "stiftung", "tapui",
    "tbk", "tov", "trust", "uab", "uat", "uc", "ug", "ultd", "ultda", "unlimited", "unltd", "vof",
    "vos", "vzw", "wll", "yk", "yoaj", "zao", "zoo", "zrt", "şirketi",
];

/// What stands before it.
#[rustfmt::skip]
pub(super) const LEGAL_FRONT: [&str; 15] = [
    "pt", "cv", "ooo", "oao", "zao", "pao", "ao", "sia", "uab", "as", "tov", "ud", "sc", "fa",
    "perum",
];

/// What joins the parts of a legal form: “GmbH & Co. KG”, “S. de R.L. de C.V.”.
#[rustfmt::skip]
pub(super) const LEGAL_JOINT: [&str; 24] = [
    "&", "a", "and", "c", "con", "cu", "de", "e", "et", "i", "in", "l", "mit", "o", "por", "r", "s",
    "sp", "u", "und", "v", "y", "z", "à",
];

/// What says that the name beside it is a company's.
#[rustfmt::skip]
pub(super) const CONTEXT: [&str; 144] = [
    "account", "accounts", "acquisition", "admin", "admins", "analyst", "analysts", "antitrust",
    "api", "apis", "app", "apps", "bankruptcy", "bill", "billing", "bills", "boss", "ceo", "cfo",
    "chairman", "chairwoman", "checkout", "cio", "ciso", "cmo", "cofounder", "competitor",
    "competitors", "connector", "consultant", "consultants", "contract", "contracts", "coo", "cpo",
    "crm", "cto", "customer", "customers", "dashboard", "datacenter", "developers", "dividend",
    "downtime", "earnings", "employees", "engineer", "engineers", "enterprise", "exec", "execs",
    "executive", "executives", "factory", "forecast", "founder", "founders", "funding", "guidance",
    "headquarters", "hires", "hiring", "hq", "integration", "integrations", "investors", "invoice",
    "invoices", "ipo", "lawsuit", "layoffs", "licence", "license", "licenses", "licensing", "login",
    "merger", "onboarding", "outage", "outages", "outlets", "partnership", "payouts", "plan",
    "plans", "platform", "plugin", "plugins", "president", "prices", "pricing", "product",
    "products", "profit", "profits", "quarterly", "quote", "renewal", "rep", "reps", "revenue",
    "revenues", "rival", "rivals", "rollout", "saas", "salesperson", "sdk", "server", "servers",
    "services", "shareholders", "shares", "software", "spokesman", "spokesperson", "spokeswoman",
    "staff", "startup", "stock", "stocks", "store", "storefront", "stores", "subscription",
    "subscriptions", "subsidiary", "support", "takeover", "tech", "technology", "tenant", "tender",
    "terminal", "tier", "user", "users", "valuation", "vendor", "webhook", "webhooks", "workers",
    "workspace", "workspaces",
];

/// What companies do: right after a name, it says that the name is a company's.
#[rustfmt::skip]
pub(super) const VERBS: [&str; 160] = [
    "acquired", "acquires", "acquiring", "added", "adds", "admits", "admitted", "agreed", "agrees",
    "announced", "announces", "apologised", "apologises", "apologized", "apologizes", "appointed",
    "appoints", "axed", "axes", "banned", "bans", "beats", "blocked", "blocks", "bought", "bricks",
    "buying", "buys", "cancels", "charged", "charges", "confirmed", "confirms", "crashed",
    "crashes", "cuts", "cutting", "declined", "delayed", "delays", "deleted", "deletes",
    "delivered", "delivers", "denied", "denies", "deprecated", "deprecates", "doubled", "doubles",
    "dropped", "drops", "employed", "employs", "exits", "expanded", "expanding", "expands",
    "expects", "faces", "filed", "files", "fired", "fires", "froze", "ghosted", "halts", "hiked",
    "hikes", "hired", "hires", "hiring", "ignored", "introduced", "introduces", "invested",
    "invests", "joins", "jumped", "jumps", "laid", "launched", "launches", "launching", "laying",
    "lays", "lifts", "lowers", "merged", "messed", "migrated", "migrates", "named", "names",
    "offered", "offers", "opened", "opens", "operates", "outsourced", "overcharged", "overtakes",
    "overtook", "owes", "partnered", "partners", "paused", "pauses", "pays", "pivoted", "plans",
    "posted", "posts", "publishes", "quoted", "raised", "raises", "raising", "rebranded",
    "recalled", "recalls", "refused", "refuses", "released", "releases", "reported", "reports",
    "rolls", "said", "says", "scrapped", "scraps", "sells", "settled", "shipped", "ships", "signed",
    "signs", "slashed", "slashes", "slumps", "sold", "sued", "sues", "summarises", "summarizes",
    "supplied", "supplies", "switches", "teams", "tells", "told", "trims", "tripled", "unveiled",
    "unveils", "warned", "warns", "wins", "won",
];

/// What a company is called beside its name: “Box, the storage firm”, “chipmaker Arm”.
#[rustfmt::skip]
pub(super) const KINDS: [&str; 49] = [
    "agency", "airline", "app", "automaker", "bank", "bookmaker", "brand", "brewer", "broker",
    "builder", "business", "carmaker", "carrier", "chain", "chipmaker", "company", "conglomerate",
    "consultancy", "corporation", "developer", "distributor", "fintech", "firm", "giant", "grocer",
    "group", "insurer", "integrator", "lender", "maker", "manufacturer", "marketplace", "network",
    "operator", "platform", "provider", "publisher", "retailer", "scaleup", "service", "software",
    "startup", "store", "studio", "supplier", "tool", "unicorn", "utility", "vendor",
];

/// Words after which a capital in mid-sentence is a company more often than a place or a person.
#[rustfmt::skip]
pub(super) const FRAMES: [&str; 62] = [
    "adopting", "at", "bought", "buy", "buying", "by", "canceled", "canceling", "cancelled",
    "cancelling", "choose", "choosing", "chose", "comparing", "considering", "contact", "ditch",
    "ditched", "ditching", "dropping", "emailed", "evaluating", "from", "hate", "hates",
    "implementing", "join", "joined", "joining", "joins", "leaves", "leaving", "love", "loves",
    "migrated", "migrating", "moved", "paid", "pay", "paying", "quit", "quitting", "recommend",
    "recommending", "renewing", "replace", "replaced", "replacing", "sued", "switch", "switched",
    "switching", "testing", "tried", "use", "used", "uses", "using", "versus", "via", "vs", "with",
];

/// Words that open sentences and are no given names: a capital after them is nobody's surname.
#[rustfmt::skip]
pub(super) const OPENERS: [&str; 72] = [
    "after", "also", "although", "anyone", "at", "because", "before", "breaking", "but", "can",
    "did", "do", "does", "even", "everyone", "exclusive", "finally", "for", "former", "from", "has",
    "have", "hello", "hey", "how", "if", "in", "is", "just", "last", "love", "maybe", "meet", "moved",
    "my", "never", "new", "news", "next", "nobody", "now", "once", "our", "please", "since", "so",
    "some", "someone", "still", "tech", "than", "thanks", "that", "then", "today", "tomorrow",
    "unlike", "until", "update", "was", "watch", "welcome", "what", "when", "where", "which",
    "while", "who", "why", "will", "with", "yesterday",
];

/// What follows a verb, and seldom a noun: “adds a fee”, “deleted our files”.
#[rustfmt::skip]
pub(super) const OBJECTS: [&str; 30] = [
    "a", "all", "an", "another", "back", "down", "every", "half", "higher", "its", "just", "legal",
    "lower", "me", "more", "my", "new", "no", "off", "our", "out", "over", "plan", "record", "the",
    "their", "this", "up", "us", "your",
];

/// What companies will do, or are to do.
#[rustfmt::skip]
pub(super) const WILL: [&str; 60] = [
    "acquire", "add", "appoint", "axe", "ban", "bring", "build", "buy", "charge", "close", "cut",
    "double", "drop", "eliminate", "end", "exit", "expand", "fire", "halt", "hike", "hire",
    "increase", "introduce", "invest", "kill", "launch", "lay", "lower", "merge", "offer", "open",
    "pay", "raise", "reduce", "release", "remove", "replace", "report", "resell", "scrap", "sell",
    "settle", "shed", "ship", "shut", "shutter", "slash", "spend", "start", "stop", "sue", "supply",
    "support", "switch", "take", "trim", "triple", "unveil", "use", "withdraw",
];

/// What joins a company's name to something else: “Acme-owned”.
pub(super) const JOINED: [&str; 10] = [
    "-owned",
    "-backed",
    "-led",
    "-certified",
    "-made",
    "-hosted",
    "-style",
    "-like",
    "-funded",
    "-powered",
];

/// Words after which a capital is seldom a company.
#[rustfmt::skip]
pub(super) const DETERMINERS: [&str; 15] = [
    "a", "an", "another", "any", "each", "every", "its", "no", "some", "that", "the", "these",
    "this", "those", "which",
];

/// English words that always have their capital, for they are days, places or people as well.
#[rustfmt::skip]
pub(super) const CAPITALISED: [&str; 102] = [
    "ada", "albert", "alexa", "amazon", "amber", "apollo", "april", "archer", "athena", "atlas",
    "august", "austin", "baker", "berlin", "boston", "brooklyn", "cambridge", "carter", "charlie",
    "chase", "cleveland", "cooper", "crystal", "dallas", "dean", "december", "denver", "earth",
    "faith", "february", "felix", "fisher", "ford", "friday", "grace", "harvey", "hermes", "hope",
    "hudson", "hugo", "hunter", "jackson", "january", "jasmine", "johnson", "jordan", "joy", "july",
    "june", "jupiter", "kellogg", "leo", "lincoln", "london", "madison", "march", "mars", "mason",
    "max", "may", "mercury", "monday", "morgan", "neptune", "nike", "november", "october", "olive",
    "oliver", "orion", "orlando", "oscar", "oxford", "paris", "parker", "phoenix", "pluto",
    "porter", "robin", "ruby", "saturday", "saturn", "september", "siri", "sunday", "sydney",
    "taylor", "thursday", "titan", "tuesday", "turner", "tyler", "uranus", "venus", "victor",
    "violet", "walker", "washington", "wednesday", "wells", "windsor", "zeus",
];

/// English words that are also names of companies: a capital alone proves nothing (`company_words.txt`).
pub(super) fn is_common(word: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> =
        LazyLock::new(|| include_str!("company_words.txt").split_whitespace().collect());
    WORDS.contains(word)
}

/// Words no company can be told by, whatever their case.
#[rustfmt::skip]
pub(super) const FUNCTION: [&str; 60] = [
    "a", "about", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by",
    "can", "do", "for", "from", "get", "had", "has", "have", "he", "her", "him", "his", "how", "i",
    "if", "in", "is", "it", "its", "just", "me", "more", "my", "no", "not", "of", "on", "or", "our",
    "out", "she", "so", "that", "the", "their", "them", "they", "this", "to", "up", "was", "we",
    "what", "with", "you", "your",
];
