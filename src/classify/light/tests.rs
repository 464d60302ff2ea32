//! A network of our own, small and at random: bytes beside plain floats, and files that are damaged.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

use super::heads::{Dense, Heads};
use super::kept;
use super::network::{Layers, Network};
use super::tensor_file::TensorFile;
use super::weights::{Fork, Shape, Weights};
use crate::classify::passes::{Chunk, Pass, Wanted};
use crate::classify::rows::Row;

const CONFIG: &str = r#"{"vocab_size": 50, "max_position_embeddings": 40, "hidden_size": 64,
    "num_attention_heads": 4, "intermediate_size": 128, "num_hidden_layers": 2}"#;

type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

fn shape() -> Shape {
    Shape::of(CONFIG.as_bytes()).unwrap()
}

/// Weights as large as those of a trained network, the same every time.
fn tensors() -> Tensors {
    let mut state = 1_u32;
    let mut number = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f32::from((state >> 16) as u16) / 32_768.0 - 1.0) * 0.2
    };
    let mut all = Tensors::new();
    let mut put = |name: String, shape: &[usize], around: f32| {
        let values = (0..shape.iter().product()).map(|_| around + number()).collect();
        all.insert(name, (shape.to_vec(), values));
    };
    for (part, rows) in [("word", 50), ("position", 40), ("token_type", 2)] {
        put(format!("embeddings.{part}_embeddings.weight"), &[rows, 64], 0.0);
    }
    put("embeddings.LayerNorm.weight".to_owned(), &[64], 1.0);
    put("embeddings.LayerNorm.bias".to_owned(), &[64], 0.0);
    for layer in 0..2 {
        let matrices = [
            ("attention.self.query", 64, 64),
            ("attention.self.key", 64, 64),
            ("attention.self.value", 64, 64),
            ("attention.output.dense", 64, 64),
            ("intermediate.dense", 128, 64),
            ("output.dense", 64, 128),
        ];
        for (part, rows, columns) in matrices {
            put(format!("encoder.layer.{layer}.{part}.weight"), &[rows, columns], 0.0);
            put(format!("encoder.layer.{layer}.{part}.bias"), &[rows], 0.0);
        }
        for part in ["attention.output.LayerNorm", "output.LayerNorm"] {
            put(format!("encoder.layer.{layer}.{part}.weight"), &[64], 1.0);
            put(format!("encoder.layer.{layer}.{part}.bias"), &[64], 0.0);
        }
    }
    all
}

fn file(tensors: &Tensors) -> Vec<u8> {
    let mut data = Vec::new();
    let mut header = serde_json::Map::new();
    for (name, (shape, values)) in tensors {
        let from = data.len();
        data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        let entry = serde_json::json!({
            "dtype": "F32", "shape": shape, "data_offsets": [from, data.len()],
        });
        header.insert(name.clone(), entry);
    }
    let header = serde_json::to_vec(&header).unwrap();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend(data);
    bytes
}

fn read(bytes: Vec<u8>) -> Result<Weights, String> {
    TensorFile::open("model.safetensors", Cursor::new(bytes))
        .and_then(|mut file| Weights::read(&mut file, shape(), None))
        .map_err(|error| error.to_string())
}

fn chunk(tokens: &[i64]) -> Chunk {
    Chunk { text: 0, tokens: tokens.to_vec(), targets: Vec::new() }
}

fn rows(network: &mut Network, wanted: Wanted, chunks: Vec<Chunk>) -> Result<Vec<Row>, String> {
    network.rows(&Pass { wanted, chunks }).map_err(|error| error.to_string())
}

fn means(network: &mut Network, chunks: Vec<Chunk>) -> Result<Vec<Vec<f32>>, String> {
    let rows = rows(network, Wanted::Embedding, chunks)?;
    Ok(rows.into_iter().map(|row| row.mean).collect())
}

fn network(weights: Weights) -> Network {
    Network::new(Arc::new(Layers::of(weights)))
}

/// The same network as plainly as can be.
fn plain(tensors: &Tensors, tokens: &[i64]) -> Vec<f32> {
    let of = |name: &str| &tensors[name].1;
    let linear = |name: &str, rows: &[Vec<f32>]| -> Vec<Vec<f32>> {
        let (weight, bias) = (of(&format!("{name}.weight")), of(&format!("{name}.bias")));
        let one = |row: &Vec<f32>| {
            let outputs = weight.chunks(row.len()).zip(bias);
            outputs.map(|(weights, bias)| dot(weights, row) + bias).collect()
        };
        rows.iter().map(one).collect()
    };
    let norm = |name: &str, rows: Vec<Vec<f32>>| -> Vec<Vec<f32>> {
        let (weight, bias) = (of(&format!("{name}.weight")), of(&format!("{name}.bias")));
        let one = |row: Vec<f32>| {
            let mean = row.iter().sum::<f32>() / row.len() as f32;
            let spread = row.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / row.len() as f32;
            let scaled = row.iter().zip(weight).zip(bias);
            scaled.map(|((x, w), b)| (x - mean) / spread.sqrt() * w + b).collect()
        };
        rows.into_iter().map(one).collect()
    };
    let plus = |a: Vec<Vec<f32>>, b: &[Vec<f32>]| -> Vec<Vec<f32>> {
        a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a + b).collect()).collect()
    };
    let embedded = tokens.iter().enumerate().map(|(place, token)| {
        let row = |part: &str, row: usize| {
            of(&format!("embeddings.{part}_embeddings.weight"))[row * 64..(row + 1) * 64].to_vec()
        };
        let (word, place) = (row("word", usize::try_from(*token).unwrap()), row("position", place));
        let sum = word.iter().zip(&place).zip(row("token_type", 0));
        sum.map(|((a, b), c)| a + b + c).collect()
    });
    let mut states = norm("embeddings.LayerNorm", embedded.collect());
    for layer in 0..2 {
        let name = |part: &str| format!("encoder.layer.{layer}.{part}");
        let [query, key, value] = ["query", "key", "value"]
            .map(|part| linear(&name(&format!("attention.self.{part}")), &states));
        let mut heard = vec![vec![0.0; 64]; states.len()];
        for head in (0..64).step_by(16) {
            for (query, heard) in query.iter().zip(&mut heard) {
                let scores: Vec<f32> = key
                    .iter()
                    .map(|key| (dot(&query[head..head + 16], &key[head..head + 16]) / 4.0).exp())
                    .collect();
                let sum: f32 = scores.iter().sum();
                for (score, value) in scores.iter().zip(&value) {
                    for place in head..head + 16 {
                        heard[place] += score / sum * value[place];
                    }
                }
            }
        }
        let out = plus(linear(&name("attention.output.dense"), &heard), &states);
        states = norm(&name("attention.output.LayerNorm"), out);
        let mut inner = linear(&name("intermediate.dense"), &states);
        for value in inner.iter_mut().flatten() {
            // The tanh form of GELU, within 0.0005 of the other.
            let cubed = *value + 0.044_715 * value.powi(3);
            *value *= 0.5 * (1.0 + (0.797_884_6 * cubed).tanh());
        }
        let out = plus(linear(&name("output.dense"), &inner), &states);
        states = norm(&name("output.LayerNorm"), out);
    }
    (0..64).map(|place| states.iter().map(|row| row[place]).sum()).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn bytes_say_what_floats_say() {
    let tensors = tensors();
    let mut network = network(read(file(&tensors)).unwrap());
    // What a processor without dot products of bytes uses is half the steps; others can, too.
    for (most, least) in [(network.most, 0.998), (127, 0.998)] {
        network.most = most;
        let sequences: [&[i64]; 4] =
            [&[1], &[1, 2, 3], &[49, 0, 7, 7, 7, 30], &(0..40).collect::<Vec<i64>>()];
        let means = means(&mut network, sequences.map(chunk).into()).unwrap();
        for (mean, tokens) in means.iter().zip(sequences) {
            let cosine = cosine(mean, &plain(&tensors, tokens));
            assert!(cosine > least, "{} tokens, bytes to {most}: {cosine}", tokens.len());
        }
    }
}

#[test]
fn a_sequence_gets_the_same_bits_in_any_company() {
    let mut network = network(read(file(&tensors())).unwrap());
    let sequences: Vec<Vec<i64>> =
        (1..30).map(|n| (0..n).map(|t| (t * n) % 50).collect()).collect();
    let together: Vec<Chunk> = sequences.iter().map(|tokens| chunk(tokens)).collect();
    let all = means(&mut network, together).unwrap();
    for (tokens, mean) in sequences.iter().zip(all) {
        let alone = means(&mut network, vec![chunk(tokens)]).unwrap();
        assert_eq!(alone[0], mean, "{} tokens", tokens.len());
    }
}

#[test]
fn a_token_that_is_in_no_vocabulary_is_refused() {
    let mut network = network(read(file(&tensors())).unwrap());
    for token in [50, -1, i64::MAX] {
        let error = means(&mut network, vec![chunk(&[1, token])]).unwrap_err();
        assert!(error.contains("there is no token"), "{error}");
    }
    assert!(means(&mut network, Vec::new()).unwrap().is_empty());
}

#[test]
fn a_sequence_longer_than_the_positions_is_read_as_far_as_they_go() {
    let mut network = network(read(file(&tensors())).unwrap());
    let long: Vec<i64> = (0..60).map(|token| token % 50).collect();
    let means = means(&mut network, vec![chunk(&long), chunk(&long[..40])]).unwrap();
    assert_eq!(means[0], means[1]);
}

/// A branch whose one layer is the network's own first, in place of its second.
fn forked() -> Network {
    let mut weights = read(file(&tensors())).unwrap();
    let dense = |outputs: usize, inputs: usize| Dense {
        weight: (0..outputs * inputs).map(|n| (n % 7) as f32 - 3.0).collect(),
        bias: vec![0.5; outputs],
    };
    let heads =
        Heads { author: dense(3, 64), target_hidden: dense(5, 128), target_out: dense(3, 5) };
    weights.branch = Some(Fork { layers: vec![weights.layers[0].clone()], heads });
    network(weights)
}

#[test]
fn both_branches_at_once_say_to_the_bit_what_each_says_alone() {
    let mut network = forked();
    let chunks = || {
        let target = Chunk { targets: vec![(3, 1..2), (0, 2..4)], ..chunk(&[1, 2, 3, 4]) };
        vec![chunk(&[7, 7]), target, chunk(&(0..30).collect::<Vec<i64>>())]
    };
    let both = rows(&mut network, Wanted::Both, chunks()).unwrap();
    let embedding = rows(&mut network, Wanted::Embedding, chunks()).unwrap();
    let sentiment = rows(&mut network, Wanted::Sentiment, chunks()).unwrap();
    for ((both, embedding), sentiment) in both.iter().zip(&embedding).zip(&sentiment) {
        assert_eq!(both.mean, embedding.mean);
        assert!(embedding.scores.is_none() && sentiment.mean.is_empty());
        let (ours, theirs) = (both.scores.as_ref().unwrap(), sentiment.scores.as_ref().unwrap());
        assert_eq!((ours.author, &ours.targets), (theirs.author, &theirs.targets));
    }
    let numbers = |row: &Row| -> Vec<usize> {
        row.scores.as_ref().unwrap().targets.iter().map(|(number, _)| *number).collect()
    };
    assert_eq!(both.iter().map(numbers).collect::<Vec<_>>(), [vec![], vec![3, 0], vec![]]);
}

#[test]
fn a_target_behind_the_last_position_is_not_read_and_hurts_no_other() {
    let mut network = forked();
    let long: Vec<i64> = (0..60).map(|token| token % 50).collect();
    let chunk = Chunk { targets: vec![(0, 2..3), (1, 39..41), (2, 50..51)], ..chunk(&long) };
    let rows = rows(&mut network, Wanted::Sentiment, vec![chunk]).unwrap();
    let targets = &rows[0].scores.as_ref().unwrap().targets;
    assert_eq!(targets.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [0]);
}

#[test]
fn a_network_without_a_branch_says_so() {
    let mut network = network(read(file(&tensors())).unwrap());
    let error = rows(&mut network, Wanted::Both, vec![chunk(&[1])]).unwrap_err();
    assert!(error.contains("it has no branch"), "{error}");
}

#[test]
fn weights_that_are_cut_off_missing_or_of_another_shape_are_named() {
    let whole = file(&tensors());
    for length in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        let error = read(whole[..length].to_vec()).unwrap_err();
        assert!(error.contains("is cut off"), "{length}: {error}");
    }
    let mut without = tensors();
    without.remove("encoder.layer.1.output.dense.bias");
    let error = read(file(&without)).unwrap_err();
    assert!(error.contains("`encoder.layer.1.output.dense.bias` is missing"), "{error}");

    let mut other = tensors();
    other.get_mut("embeddings.LayerNorm.bias").unwrap().0 = vec![32, 2];
    let error = read(file(&other)).unwrap_err();
    assert!(error.contains("is F32 [32, 2], and should be F32 [64]"), "{error}");
}

#[test]
fn a_network_this_cannot_carry_is_refused() {
    for (part, other) in
        [("64", "60"), ("64", "0"), ("128", "100"), (": 4,", ": 0,"), (": 4,", ": 5,")]
    {
        let error = Shape::of(CONFIG.replace(part, other).as_bytes()).unwrap_err().to_string();
        assert!(error.contains("config.json"), "{other}: {error}");
    }
    assert!(Shape::of(b"{}").is_err() && Shape::of(b"\0").is_err());
}

#[test]
fn what_is_kept_gives_the_same_bits_and_is_believed_only_whole() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = file(&tensors());
    let mut published = TensorFile::open("model.safetensors", Cursor::new(bytes.clone())).unwrap();
    let made = kept::made(&mut published, "0123").unwrap();
    kept::keep(folder.path(), &made).unwrap();

    let again = kept::read(folder.path(), "0123").unwrap();
    let pass = || vec![chunk(&[1, 2, 3])];
    let direct = means(&mut network(read(bytes).unwrap()), pass()).unwrap();
    assert_eq!(means(&mut network(read(again).unwrap()), pass()).unwrap(), direct);
    assert!(kept::read(folder.path(), "4567").is_none(), "made of other weights");

    let path = folder.path().join("model.bytes");
    let whole = std::fs::read(&path).unwrap();
    for length in [0, 31, 40, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(kept::read(folder.path(), "0123").is_none(), "{length}");
    }
    let mut tipped = whole.clone();
    tipped[whole.len() - 5] ^= 4;
    std::fs::write(&path, tipped).unwrap();
    assert!(kept::read(folder.path(), "0123").is_none());
}
