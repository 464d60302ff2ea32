//! Other encoders by configuration: tiny checkpoints of every family, held against rust-bert's own
//! models; and everything that can be wrong with a folder.

mod refused;
mod tiny;
mod used;

use std::path::Path;

use overheard::classify::Encoder;
use overheard::classify::language::Languages;
use overheard::classify::rust_bert::Settings;
use overheard::classify::rust_bert::other::CheckpointEncoder;
use serde_json::json;
use tch::{Kind, Tensor};

use self::tiny::{FORMS, Form, Tiny, WIDTH};

const TEXTS: [&str; 4] = [
    "the cloud bill",
    "our cloud bill is the price of the cloud",
    "die rechnung ist zu hoch",
    "a much longer text about the price that our bill is made of, and that nobody can explain",
];

fn open(folder: &Path) -> CheckpointEncoder {
    let settings = Settings { threads: 1, ..Settings::default() };
    CheckpointEncoder::open(folder, Languages::default(), settings).unwrap()
}

fn embedded(encoder: &dyn Encoder, texts: &[&str]) -> Vec<Vec<f32>> {
    encoder.encode(texts).unwrap().into_iter().map(|embedding| embedding.0).collect()
}

#[track_caller]
fn assert_near(ours: &[f32], theirs: &[f32], within: f32) {
    assert_eq!(ours.len(), theirs.len());
    let farthest = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(farthest < within, "{farthest} apart:\n{ours:?}\n{theirs:?}");
}

#[test]
fn every_family_gives_what_rust_berts_own_model_gives() {
    let place = tempfile::tempdir().unwrap();
    for form in FORMS {
        let tiny = Tiny::make(place.path(), form);
        let encoder = open(&tiny.folder);
        let name = format!("tiny-{}:", form.name());
        assert!(encoder.id().0.starts_with(&name), "{}", encoder.id());
        for (text, ours) in TEXTS.iter().zip(embedded(&encoder, &TEXTS)) {
            assert_eq!(i64::try_from(ours.len()), Ok(WIDTH));
            assert_near(&ours, &tiny.reference(text), 1e-5);
        }
    }
}

#[test]
fn padding_does_not_change_a_row() {
    let place = tempfile::tempdir().unwrap();
    for form in FORMS {
        let tiny = Tiny::make(place.path(), form);
        let encoder = open(&tiny.folder);
        // All in one pass, which the longest makes as long as itself.
        for (text, beside) in TEXTS.iter().zip(embedded(&encoder, &TEXTS)) {
            assert_near(&beside, &embedded(&encoder, &[text])[0], 1e-6);
        }
    }
}

#[test]
fn a_bare_network_and_one_in_half_precision_are_read_and_heads_are_left_alone() {
    let place = tempfile::tempdir().unwrap();
    for (form, head) in
        [(Form::Bert, "bert."), (Form::Roberta, "roberta."), (Form::DistilBert, "distilbert.")]
    {
        let tiny = Tiny::make(place.path(), form);
        let whole = embedded(&open(&tiny.folder), &TEXTS);
        let parts = tiny.parts();
        assert!(parts.iter().any(|(name, _)| !name.starts_with(head)), "no head to leave alone");

        let bare: Vec<(String, Tensor)> = parts
            .iter()
            .filter_map(|(name, part)| {
                Some((name.strip_prefix(head)?.to_owned(), part.shallow_clone()))
            })
            .collect();
        tiny.save(&bare);
        assert_eq!(embedded(&open(&tiny.folder), &TEXTS), whole, "{form:?}");

        for kind in [Kind::Half, Kind::BFloat16] {
            let halves: Vec<(String, Tensor)> =
                parts.iter().map(|(name, part)| (name.clone(), part.to_kind(kind))).collect();
            tiny.save(&halves);
            for (half, whole) in embedded(&open(&tiny.folder), &TEXTS).iter().zip(&whole) {
                assert_near(half, whole, 0.02);
            }
        }
    }
}

#[test]
fn norms_under_their_older_names_are_read() {
    let place = tempfile::tempdir().unwrap();
    let tiny = Tiny::make(place.path(), Form::Bert);
    let whole = embedded(&open(&tiny.folder), &TEXTS);
    let older = |name: &str| {
        name.replace("LayerNorm.weight", "LayerNorm.gamma")
            .replace("LayerNorm.bias", "LayerNorm.beta")
    };
    let parts: Vec<_> = tiny.parts().into_iter().map(|(name, part)| (older(&name), part)).collect();
    assert!(parts.iter().any(|(name, _)| name.ends_with("gamma")));
    tiny.save(&parts);
    assert_eq!(embedded(&open(&tiny.folder), &TEXTS), whole);
}

#[test]
fn what_sentence_transformers_wrote_down_is_honoured() {
    let place = tempfile::tempdir().unwrap();
    let tiny = Tiny::make(place.path(), Form::Roberta);
    let write = |name: &str, value: serde_json::Value| {
        let file = tiny.folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, value.to_string()).unwrap();
    };
    let module = |path: &str, kind: &str| json!({"idx": 0, "name": "0", "path": path, "type": format!("sentence_transformers.models.{kind}")});
    write(
        "modules.json",
        json!([
            module("", "Transformer"),
            module("1_Pooling", "Pooling"),
            module("2_Normalize", "Normalize")
        ]),
    );
    write(
        "1_Pooling/config.json",
        json!({"word_embedding_dimension": WIDTH, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}),
    );
    let first = embedded(&open(&tiny.folder), &TEXTS);
    for (text, ours) in TEXTS.iter().zip(&first) {
        assert_near(ours, &tiny.reference_of_first(text), 1e-5);
    }

    // A dense layer after it: here to 8 numbers.
    let matrix = Tensor::rand([8, WIDTH], (Kind::Float, tch::Device::Cpu));
    let bias = Tensor::rand([8], (Kind::Float, tch::Device::Cpu));
    write(
        "modules.json",
        json!([
            module("", "Transformer"),
            module("1_Pooling", "Pooling"),
            module("2_Dense", "Dense")
        ]),
    );
    write(
        "2_Dense/config.json",
        json!({"in_features": WIDTH, "out_features": 8, "bias": true, "activation_function": "torch.nn.modules.activation.Tanh"}),
    );
    let parts = [("linear.weight", &matrix), ("linear.bias", &bias)];
    Tensor::write_safetensors(&parts, tiny.folder.join("2_Dense/model.safetensors")).unwrap();
    assert_eq!(embedded(&open(&tiny.folder), &TEXTS)[0].len(), 8);

    // At most so many tokens a sequence: a longer text is read in stretches.
    std::fs::remove_file(tiny.folder.join("modules.json")).unwrap();
    let whole = embedded(&open(&tiny.folder), &TEXTS);
    write("sentence_bert_config.json", json!({"max_seq_length": 16, "do_lower_case": false}));
    let cut = embedded(&open(&tiny.folder), &TEXTS);
    assert_eq!(cut[0], whole[0]);
    assert_ne!(cut[3], whole[3]);
}

#[test]
fn a_text_longer_than_the_positions_is_read_in_stretches() {
    let place = tempfile::tempdir().unwrap();
    for form in FORMS {
        let tiny = Tiny::make(place.path(), form);
        let long = "the cloud bill is our price ".repeat(400);
        let hostile =
            ["\0", "a\u{300}\u{301}\u{0}x", "🔥", "\u{202e}die\u{2028}", "</s><pad><mask>[SEP]"];
        let encoder = open(&tiny.folder);
        assert_eq!(embedded(&encoder, &[&long])[0].len(), 32, "{form:?}");
        for text in hostile {
            let found = embedded(&encoder, &[text]);
            assert!(found[0].iter().all(|number| number.is_finite()), "{form:?} {text:?}");
        }
    }
}

#[test]
fn a_bert_with_the_tokenizer_of_xlm_roberta_is_read_by_it_whatever_its_class_is_called() {
    let place = tempfile::tempdir().unwrap();
    let mut tiny = Tiny::make(place.path(), Form::Bert);
    std::fs::remove_file(tiny.folder.join("vocab.txt")).unwrap();
    tiny::write_tokenizer(&tiny.folder, Form::XlmRoberta);
    let class = r#"{"tokenizer_class": "BertTokenizer", "do_lower_case": true}"#;
    std::fs::write(tiny.folder.join("tokenizer_config.json"), class).unwrap();
    tiny.tokenizer = Form::XlmRoberta;
    for (text, ours) in TEXTS.iter().zip(embedded(&open(&tiny.folder), &TEXTS)) {
        assert_near(&ours, &tiny.reference(text), 1e-5);
    }
}
