//! The network itself: sequences of tokens in; for each its mean state, and what the sentiment
//! branch says of it, out. The lower layers run once for both.
//!
//! Matrices are products of bytes with whole sums; what lies between them, and the attention, are
//! floats. Sequences of different lengths stand one behind the other: there is no padding.

use std::ops::Range;
use std::sync::Arc;

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::SimdOp;
use rten_tensor::Matrix;

use super::attention::Attention;
use super::heads::{Heads, mean};
use super::kernels::{Bytes, Columns, GeluToBytes, Norm, Normalise, Product, ToBytes, ToNumbers};
use super::weights::{Fork, LayerWeights, LinearWeights, Quantised, Shape, Weights};
use crate::classify::passes::{Chunk, Pass};
use crate::classify::rows::Row;
use crate::classify::{EncoderError, failed};

/// The layers with their weights as the processor wants them, for all threads.
pub(super) struct Layers {
    shape: Shape,
    words: Quantised,
    positions: Vec<f32>,
    norm: Norm,
    /// Those that the encoder and the sentiment branch share.
    shared: Vec<Layer>,
    own: Vec<Layer>,
    branch: Option<Branch>,
}

/// The layers of the sentiment branch above the shared ones, and its heads.
struct Branch {
    layers: Vec<Layer>,
    heads: Heads,
}

struct Layer {
    query_key_value: Linear,
    output: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    norm: Norm,
}

/// A matrix with what is added to its product.
struct Linear {
    weights: PackedBMatrix<i8>,
    columns: Columns,
}

/// The network of one thread.
pub(super) struct Network {
    layers: Arc<Layers>,
    gemm: GemmExecutor<u8, i8, i32>,
    floats: GemmExecutor<f32>,
    /// The largest byte of an activation.
    pub(super) most: u8,
    attention: Attention,
    // What a pass works in: kept, because memory that is handed out anew for every pass costs as
    // much as a layer.
    states: Vec<f32>,
    /// The states where the branches part.
    forked: Vec<f32>,
    bytes: Bytes,
    inner: Bytes,
    inner_row: Vec<f32>,
    sums: Vec<i32>,
    mixed: Vec<f32>,
    heard: Vec<f32>,
}

/// Makes products compute on the calling thread alone: they ask rayon how many they may use.
pub(super) fn compute_on_one_core() -> Result<(), EncoderError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .use_current_thread()
        .build()
        .map(drop)
        .map_err(|error| failed(&error))
}

impl Layers {
    /// Packs the weights for this processor.
    pub(super) fn of(weights: Weights) -> Self {
        let gemm = GemmExecutor::<u8, i8, i32>::new();
        let pack = |layers: Vec<LayerWeights>| -> Vec<Layer> {
            layers.into_iter().map(|layer| Layer::of(&gemm, layer)).collect()
        };
        let mut shared = weights.layers;
        let forked = weights.branch.as_ref().map_or(0, |branch| branch.layers.len());
        let own = shared.split_off(shared.len().saturating_sub(forked));
        let branch =
            weights.branch.map(|Fork { layers, heads }| Branch { layers: pack(layers), heads });
        Self {
            shape: weights.shape,
            words: weights.words,
            positions: weights.positions,
            norm: weights.norm,
            shared: pack(shared),
            own: pack(own),
            branch,
        }
    }
}

impl Layer {
    fn of(gemm: &GemmExecutor<u8, i8, i32>, weights: LayerWeights) -> Self {
        Self {
            query_key_value: Linear::of(gemm, weights.query_key_value),
            output: Linear::of(gemm, weights.output),
            attention_norm: weights.attention_norm,
            up: Linear::of(gemm, weights.up),
            down: Linear::of(gemm, weights.down),
            norm: weights.norm,
        }
    }
}

impl Linear {
    fn of(gemm: &GemmExecutor<u8, i8, i32>, weights: LinearWeights) -> Self {
        let LinearWeights { matrix: Quantised { values, scales }, bias } = weights;
        let inputs = values.len() / bias.len().max(1);
        let total = |row: &[i8]| row.iter().map(|value| i32::from(*value)).sum::<i32>() as f32;
        let totals = values.chunks_exact(inputs.max(1)).map(total).collect();
        let stored = Matrix::from_data([bias.len(), inputs], values.as_slice());
        let weights = gemm.prepack_b(stored.transposed());
        Self { weights, columns: Columns { scales, totals, bias } }
    }

    /// Multiplies these bytes with the matrix.
    fn on<'a>(
        &'a self,
        gemm: &GemmExecutor<u8, i8, i32>,
        bytes: &'a Bytes,
        sums: &'a mut Vec<i32>,
    ) -> Result<Product<'a>, EncoderError> {
        let rows = bytes.scales.len();
        sums.resize(rows * self.width(), 0);
        let input = Matrix::from_data([rows, self.weights.rows()], bytes.values.as_slice());
        // The zeros are left to us: rten-gemm 0.27 takes those of the first rows for all of them.
        let (input, weights) = (GemmInputA::Unpacked(input), GemmInputB::Packed(&self.weights));
        gemm.gemm(sums, input, weights, GemmOptions::default()).map_err(|error| failed(&error))?;
        let (row_scales, row_zeros) = (&bytes.scales, &bytes.zeros);
        Ok(Product { sums, row_scales, row_zeros, columns: &self.columns })
    }

    fn width(&self) -> usize {
        self.columns.bias.len()
    }
}

impl Network {
    pub(super) fn new(layers: Arc<Layers>) -> Self {
        let gemm = GemmExecutor::<u8, i8, i32>::new();
        // Without an instruction for dot products of bytes, two products are added in 16 bits: with
        // activations of 7 bits they fit.
        let most = if gemm.may_saturate() { 127 } else { u8::MAX };
        Self {
            attention: Attention::new(layers.shape),
            inner_row: vec![0.0; layers.shape.inner],
            layers,
            gemm,
            floats: GemmExecutor::new(),
            most,
            states: Vec::new(),
            forked: Vec::new(),
            bytes: Bytes::default(),
            inner: Bytes::default(),
            sums: Vec::new(),
            mixed: Vec::new(),
            heard: Vec::new(),
        }
    }

    /// What comes of each sequence.
    pub(super) fn rows(&mut self, pass: &Pass) -> Result<Vec<Row>, EncoderError> {
        let Pass { wanted, chunks } = pass;
        let layers = Arc::clone(&self.layers);
        let width = layers.shape.width;
        let sequences = self.embed(&layers, chunks)?;
        self.through(&layers.shared, &sequences)?;
        if wanted.embedding() && wanted.sentiment() {
            self.forked.clone_from(&self.states);
        }
        let mut rows: Vec<Row> = chunks.iter().map(|_| Row::default()).collect();
        if wanted.embedding() {
            self.through(&layers.own, &sequences)?;
            for (row, sequence) in rows.iter_mut().zip(&sequences) {
                row.mean = unit(mean(&self.states[of_rows(sequence, width)], width));
            }
            if wanted.sentiment() {
                self.take_up_the_fork(width);
            }
        }
        if wanted.sentiment() {
            let branch = layers.branch.as_ref().ok_or_else(|| failed(&"it has no branch"))?;
            self.through(&branch.layers, &sequences)?;
            for ((row, sequence), chunk) in rows.iter_mut().zip(&sequences).zip(chunks) {
                let states = &self.states[of_rows(sequence, width)];
                row.scores = Some(branch.heads.scores(&self.floats, states, width, chunk)?);
            }
        }
        Ok(rows)
    }

    /// Puts the embeddings of the tokens into the states, and says where each sequence lies.
    fn embed(
        &mut self,
        layers: &Layers,
        chunks: &[Chunk],
    ) -> Result<Vec<Range<usize>>, EncoderError> {
        let width = layers.shape.width;
        let mut sequences = Vec::with_capacity(chunks.len());
        let mut rows = 0;
        self.states.clear();
        for Chunk { tokens, .. } in chunks {
            for (token, position) in tokens.iter().zip(layers.positions.chunks_exact(width)) {
                let unknown = || failed(&format!("there is no token {token}"));
                let token = usize::try_from(*token).map_err(|_| unknown())?;
                let scale = *layers.words.scales.get(token).ok_or_else(unknown)?;
                let word = &layers.words.values[token * width..(token + 1) * width];
                let summed = word.iter().zip(position);
                self.states.extend(summed.map(|(word, place)| f32::from(*word) * scale + place));
            }
            let length = tokens.len().min(layers.shape.positions);
            sequences.push(rows..rows + length);
            rows += length;
        }
        self.bytes.resize(rows, width);
        Normalise {
            product: None,
            norm: &layers.norm,
            most: self.most,
            states: &mut self.states,
            bytes: &mut self.bytes,
        }
        .dispatch();
        Ok(sequences)
    }

    /// Goes back to the states that were kept where the branches part.
    fn take_up_the_fork(&mut self, width: usize) {
        std::mem::swap(&mut self.states, &mut self.forked);
        let Self { states: numbers, most, bytes, .. } = self;
        ToBytes { numbers, width, most: *most, bytes }.dispatch();
    }

    /// Takes the states, and the same as bytes, through layers.
    fn through(
        &mut self,
        layers: &[Layer],
        sequences: &[Range<usize>],
    ) -> Result<(), EncoderError> {
        layers.iter().try_for_each(|layer| self.through_one(layer, sequences))
    }

    fn through_one(
        &mut self,
        layer: &Layer,
        sequences: &[Range<usize>],
    ) -> Result<(), EncoderError> {
        let Self { gemm, most, states, bytes, inner, inner_row, sums, mixed, heard, .. } = self;
        let most = *most;
        let rows = bytes.scales.len();

        mixed.resize(rows * layer.query_key_value.width(), 0.0);
        let product = layer.query_key_value.on(gemm, bytes, sums)?;
        ToNumbers { product, numbers: mixed }.dispatch();

        heard.resize(states.len(), 0.0);
        for sequence in sequences {
            self.attention.hear(mixed, sequence.clone(), heard)?;
        }
        let width = self.layers.shape.width;
        ToBytes { numbers: heard, width, most, bytes }.dispatch();

        let product = Some(layer.output.on(gemm, bytes, sums)?);
        let norm = &layer.attention_norm;
        // The product borrows the scales of the bytes it was made of.
        inner.resize(rows, width);
        Normalise { product, norm, most, states, bytes: inner }.dispatch();
        std::mem::swap(bytes, inner);

        let product = layer.up.on(gemm, bytes, sums)?;
        inner.resize(rows, layer.up.width());
        GeluToBytes { product, most, row: inner_row, bytes: inner }.dispatch();

        let product = Some(layer.down.on(gemm, inner, sums)?);
        Normalise { product, norm: &layer.norm, most, states, bytes }.dispatch();
        Ok(())
    }
}

fn of_rows(rows: &Range<usize>, width: usize) -> Range<usize> {
    rows.start * width..rows.end * width
}

fn unit(mut row: Vec<f32>) -> Vec<f32> {
    let norm = row.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
    for value in &mut row {
        *value /= norm;
    }
    row
}
