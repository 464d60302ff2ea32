//! Words that surround company names, and English words that companies are named after.

use std::collections::HashSet;
use std::sync::LazyLock;

/// What stands after a company's name in law.
pub(super) const LEGAL: [&str; 32] = [
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "ltd",
    "limited",
    "llc",
    "llp",
    "plc",
    "gmbh",
    "ag",
    "se",
    "sa",
    "s.a",
    "s.a.s",
    "sas",
    "sarl",
    "srl",
    "spa",
    "s.p.a",
    "bv",
    "b.v",
    "nv",
    "n.v",
    "ab",
    "oy",
    "as",
    "a/s",
    "pty",
    "kk",
];

/// What says that the name beside it is a company's.
pub(super) const CONTEXT: [&str; 50] = [
    "ceo",
    "cto",
    "cfo",
    "cio",
    "coo",
    "founder",
    "cofounder",
    "raises",
    "raised",
    "acquires",
    "acquired",
    "announces",
    "announced",
    "launches",
    "launched",
    "customers",
    "customer",
    "shares",
    "stock",
    "earnings",
    "revenue",
    "pricing",
    "prices",
    "invoice",
    "contract",
    "renewal",
    "vendor",
    "startup",
    "support",
    "outage",
    "lays",
    "layoffs",
    "hires",
    "hired",
    "hiring",
    "partners",
    "partnership",
    "integration",
    "api",
    "dashboard",
    "engineers",
    "funding",
    "valuation",
    "ipo",
    "spokesperson",
    "employees",
    "billing",
    "subscription",
    "license",
    "users",
];

/// English words that are also names of companies: a capital alone proves nothing (`company_words.txt`).
pub(super) fn is_common(word: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> =
        LazyLock::new(|| include_str!("company_words.txt").split_whitespace().collect());
    WORDS.contains(word)
}

/// Words no company can be told by, whatever their case.
pub(super) const FUNCTION: [&str; 60] = [
    "a", "about", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by",
    "can", "do", "for", "from", "get", "had", "has", "have", "he", "her", "him", "his", "how", "i",
    "if", "in", "is", "it", "its", "just", "me", "more", "my", "no", "not", "of", "on", "or",
    "our", "out", "she", "so", "that", "the", "their", "them", "they", "this", "to", "up", "was",
    "we", "what", "with", "you", "your",
];
