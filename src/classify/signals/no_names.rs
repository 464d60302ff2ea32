//! Words that begin, end or stand for no name.

/// Words that begin sentences and stand beside names without being part of them.
#[rustfmt::skip]
pub(super) const NO_NAMES: [&str; 206] = [
    "a", "about", "according", "after", "again", "against", "all", "almost", "already", "also",
    "although", "always", "amid", "among", "an", "and", "another", "any", "anyone", "anyway",
    "apparently", "are", "aren't", "argh", "around", "as", "at", "based", "because", "before",
    "behind", "besides", "between", "both", "btw", "but", "by", "can", "can't", "come", "could",
    "dear", "despite", "did", "didn't", "do", "does", "doesn't", "don't", "due", "during", "each",
    "else", "even", "ever", "every", "everyone", "everything", "except", "excited", "few",
    "finally", "for", "from", "good", "great", "happy", "has", "hasn't", "have", "haven't", "he",
    "her", "here", "hey", "his", "how", "however", "i", "i'm", "if", "in", "instead", "into", "is",
    "isn't", "it", "it's", "its", "just", "last", "later", "lol", "looks", "many", "maybe",
    "meanwhile", "more", "most", "much", "must", "my", "near", "never", "new", "news", "no",
    "nobody", "none", "nor", "not", "nothing", "now", "off", "often", "oh", "ok", "okay", "omg",
    "on", "once", "one", "only", "onto", "or", "other", "others", "our", "perhaps", "please",
    "probably", "proud", "quite", "rather", "really", "recently", "same", "several", "she",
    "should", "since", "so", "some", "somehow", "sometimes", "soon", "still", "such", "than",
    "thanks", "that", "the", "their", "then", "there", "therefore", "these", "they", "third",
    "this", "those", "though", "through", "throughout", "today", "together", "tomorrow", "tonight",
    "too", "toward", "towards", "ugh", "unless", "unlike", "until", "upon", "very", "via", "was",
    "wasn't", "we", "well", "were", "what", "whatever", "when", "where", "whether", "which",
    "while", "who", "whose", "why", "will", "with", "within", "without", "won't", "would", "wow",
    "wtf", "yes", "yesterday", "yet", "you", "your",
];

/// Words that begin sentences or stand in capitals, and are no company's name alone.
#[rustfmt::skip]
pub(super) const NO_COMPANIES: [&str; 328] = [
    "according", "account", "ai", "airlines", "airports", "alert", "also", "analysts", "announcing",
    "anybody", "app", "apply", "apps", "april", "art", "august", "avoid", "back", "banking",
    "banks", "being", "bids", "big", "bill", "billing", "black friday", "board", "breaking",
    "brexit", "budget", "buses", "businesses", "buyers", "ceo", "charged", "check", "cities",
    "clients", "closed", "cloud", "commuters", "companies", "company", "competition", "competitors",
    "congrats", "considering", "contract", "contracts", "costs", "councils", "critics", "csv",
    "customer", "customers", "customers’", "data", "days", "deadline", "december", "demand",
    "developers", "ditched", "doctors", "dozens", "drivers", "earnings", "education", "eight",
    "electricity", "email", "emails", "employees", "energy", "engineering", "engineers", "eu",
    "europe", "european", "everyone", "exclusive", "existing", "experts", "exports", "february",
    "fees", "film", "finance", "find", "fire", "firms", "first", "five", "flights", "flood",
    "following", "food", "founders", "four", "friday", "funding", "games", "gas", "get", "getting",
    "going", "gold", "governments", "growth", "guess", "half", "hardware", "having", "hd", "health",
    "hiring", "hospitals", "hours", "housing", "huge", "hundreds", "imagine", "imports",
    "including", "inflation", "insurance", "interest", "internet", "introducing", "investors",
    "invitation", "invoice", "it", "january", "job", "jobs", "join", "july", "june", "lawmakers",
    "layoffs", "learn", "leaving", "let", "look", "looking", "lot", "major", "make", "management",
    "march", "marketing", "markets", "massive", "may", "media", "meet", "migrated", "millions",
    "ministers", "monday", "months", "most", "moved", "moving", "music", "need", "network", "news",
    "next", "nine", "nobody", "notice", "november", "nurses", "october", "officials", "oil",
    "orders", "over", "parcel", "parcels", "parents", "partners", "passengers", "paying",
    "payments", "pdf", "people", "phones", "planning", "playoffs", "police", "post", "power",
    "price", "prices", "pricing", "product", "profits", "proposals", "quotes", "raised", "rates",
    "read", "really", "regarding", "regulators", "remember", "remote", "renewal", "rents",
    "replaced", "request", "researchers", "residents", "retailers", "revenue", "revenues",
    "rewrote", "rfp", "rivals", "role", "round", "sad", "sales", "saturday", "scaling", "schools",
    "science", "scientists", "second", "secured", "security", "see", "seed", "seeking", "sellers",
    "senior", "september", "series", "series b", "servers", "service", "services", "seven",
    "shareholders", "shares", "shipments", "shipping", "site", "sites", "six", "software",
    "somebody", "sport", "staff", "starting", "startup", "startups", "stocks", "storage", "storm",
    "storms", "students", "sunday", "suppliers", "supply", "support", "switched", "switching",
    "systems", "take", "talks", "taxes", "teachers", "team", "tech", "technology", "temperatures",
    "ten", "tender", "tenders", "terrible", "thank", "think", "thinking", "thousands", "three",
    "thursday", "tickets", "tourism", "traffic", "trains", "transport", "travel", "try", "trying",
    "tuesday", "twice", "two", "uk", "under", "unions", "update", "us", "use", "users", "using",
    "vacancy", "vendors", "very", "wages", "waiting", "want", "wanted", "warn", "watch", "water",
    "weather", "websites", "wednesday", "weeks", "welcome", "workers", "worst", "yc", "years",
];

/// Words of offices, which stand in capitals beside people's names.
#[rustfmt::skip]
pub(super) const OFFICES: [&str; 58] = [
    "acting", "board", "ceo", "cfo", "chair", "chairman", "chairwoman", "chief", "cio", "ciso",
    "cmo", "co-ceo", "coo", "counsel", "cpo", "cro", "cto", "customer", "customers", "data",
    "deputy", "director", "engineering", "evp", "executive", "finance", "financial", "former",
    "founder", "general", "global", "group", "head", "incoming", "information", "interim", "lead",
    "manager", "managing", "marketing", "new", "north", "officer", "operating", "operations",
    "outgoing", "president", "product", "revenue", "sales", "security", "senior", "success", "svp",
    "team", "technology", "vice", "vp",
];

/// Words that are no system one moves from or to.
#[rustfmt::skip]
pub(super) const NO_THINGS: [&str; 60] = [
    "a", "all", "an", "another", "any", "anything", "april", "august", "being", "but", "day",
    "december", "do", "each", "february", "friday", "here", "home", "i", "it", "its", "january",
    "july", "june", "march", "may", "me", "monday", "more", "nine", "november", "now", "october",
    "one", "other", "our", "place", "scratch", "september", "six", "some", "something", "ten",
    "that", "the", "their", "them", "there", "they", "this", "three", "thursday", "time", "today",
    "tuesday", "two", "us", "wednesday", "week", "what",
];

/// Verbs of a price change, which stand where a product's first word could.
#[rustfmt::skip]
pub(super) const CHANGES: [&str; 18] = [
    "changed", "changes", "cut", "cuts", "doubles", "drops", "ends", "hike", "hikes", "increase",
    "increased", "increases", "lower", "lowers", "raise", "raised", "raises", "raising",
];

/// Words at which the phrase that says what is asked for ends.
#[rustfmt::skip]
pub(super) const PHRASE_ENDS: [&str; 44] = [
    "after", "again", "and", "are", "as", "at", "because", "before", "but", "by", "close", "closes",
    "closing", "due", "ends", "expected", "from", "goes", "has", "have", "if", "in", "is", "last",
    "next", "on", "out", "per", "published", "starts", "that", "this", "to", "today", "under",
    "until", "valued", "was", "went", "were", "which", "will", "with", "worth",
];

/// Words before “act” and “law” that make no law of it: “a final act”.
#[rustfmt::skip]
pub(super) const NO_RULES: [&str; 10] = [
    "balancing", "class", "class-action", "final", "first", "high-wire", "opening", "own", "second",
    "third",
];
