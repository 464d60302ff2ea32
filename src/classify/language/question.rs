//! Whether a question is in a language that nobody here reads. It is a handful of words, too few to weigh
//! letters by; but who asks uses the small words of their language.

use std::borrow::Cow;

use super::table::TABLE;
use super::{Languages, detect, likelihood};
use crate::text::languages::UNTOLD;
use crate::text::words;

/// Small words of other languages that are hardly ever English ones, nor names of products.
const SMALL: &[(&str, &str)] = &[
    (
        "de",
        "wer wie wieso warum welche welchen welcher welches wann wohin gibt ist sind habt haben wird werden wurde \
         wurden kann können über für und oder nicht auch eine einen einem einer eines das der dem zur zum von vom bei \
         aus nach wenn andere anderen jemand niemand viele mehr ihre unsere sein wegen zwischen hört sagt sagen",
    ),
    (
        "fr",
        "qui quel quels quelle quelles pourquoi combien est sont dans pour avec une aux les des cette leur leurs nous \
         vous sur où été disent",
    ),
    (
        "es",
        "qué quién quiénes cómo cuánto cuánta dónde cuándo los las una está están sobre dicen hay del según",
    ),
    ("it", "che chi perché cosa quanto quanti sono della delle degli gli nel nella dicono è"),
    ("pt", "quem são uma não dos quanto porquê dizem está sobre"),
    ("nl", "wat hoe waarom welke het een zijn voor wordt niet zeggen"),
    ("pl", "kto jak czy dlaczego jest są nie ile o się"),
    ("sv", "vem vad varför hur och att för är på inte"),
    ("da", "hvad hvem hvorfor hvordan og at er på ikke"),
    ("no", "hva hvem hvorfor hvordan og at er på ikke"),
    ("cs", "kdo jak proč jsou není je"),
    ("fi", "kuka mikä miksi miten ovat"),
    ("tr", "kim ne neden nasıl için ve"),
];

/// Small words of other languages that are English words, too.
const EITHER: &[&str] = &[
    "also", "am", "an", "at", "den", "des", "die", "er", "es", "hat", "hatte", "il", "in", "je",
    "la", "le", "man", "me", "mit", "ne", "o", "og", "on", "que", "so", "un", "ve", "war", "was",
    "wo",
];

/// Below this likelihood a text is in none of the languages, where its words do not say otherwise.
const HARDLY: f32 = 0.3;

/// Words of which that can be said.
const ENOUGH_WORDS: usize = 3;

/// What is in none of these languages, if a text, from which names were taken out, is: the language's
/// code, `und` where that cannot be told. A single word may be a name, and is of any language.
#[must_use]
pub fn foreign(text: &str, languages: &Languages) -> Option<String> {
    let Languages::These(read) = languages else { return None };
    let words: Vec<String> = words::folded(text).map(Cow::into_owned).collect();
    if words.len() < 2 {
        return None;
    }
    let told = detect(text, None);
    if told.code != UNTOLD {
        return (!languages.judge(&told)).then_some(told.code);
    }
    let is_ours = |code: &str| read.contains(code);
    let small = |word: &String| {
        let mut lists = SMALL.iter().filter(|(code, _)| !is_ours(code));
        lists.any(|(_, list)| list.split(' ').any(|small| small == word))
    };
    let is_either = |word: &String| EITHER.contains(&word.as_str());
    let foreign = words.iter().filter(|word| !is_either(word) && small(word)).count();
    let either = words.iter().filter(|word| is_either(word)).count();
    let english = words.iter().filter(|word| !is_either(word) && TABLE.is_english(word)).count();
    let english = if is_ours("en") { english } else { 0 };
    let by_small_words = foreign > 0 && foreign + either > english;
    let by_letters = english == 0
        && either > 0
        && words.len() >= ENOUGH_WORDS
        && likelihood(text, languages) < HARDLY;
    (by_small_words || by_letters).then_some(told.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_questions_in_other_languages_are_told_by_their_small_words() {
        for text in [
            "Was sagen andere über das?",
            "Wer verlässt die Cloud?",
            "Hat jemand Geld bekommen?",
            "warum ist es langsam",
            "Gibt es Ärger",
            "quels sont les prix ?",
            "chi lascia il cloud",
            "wat kost opslag",
            "Kosten der Überwachung",
        ] {
            assert!(foreign(text, &Languages::default()).is_some(), "{text}");
        }
    }

    #[test]
    fn english_questions_and_names_of_products_are_not_foreign() {
        for text in [
            "repairing thatched roofs",
            "Terraform state drift",
            "Kubernetes Grafana Prometheus",
            "Datadog price hike",
            "egress fees AWS S3",
            "who was hit by it",
            "is it in the EU or on a chip?",
            "hat sales",
            "was funded",
            "MIT study on LA traffic",
            "alerts",
        ] {
            assert_eq!(foreign(text, &Languages::default()), None, "{text}");
        }
    }

    #[test]
    fn what_the_encoder_reads_is_not_foreign() {
        let both = Languages::of(&["en".to_owned(), "de".to_owned()]).unwrap();
        assert_eq!(foreign("Wer verlässt die Cloud?", &both), None);
        assert_eq!(foreign("Kosten der Überwachung", &Languages::Any), None);
        assert!(foreign("quels sont les prix ?", &both).is_some());
    }
}
