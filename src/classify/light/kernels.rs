//! What happens to every number between two products of matrices, with the processor's vector
//! instructions: back from whole numbers, GELU, layer normalisation, and to whole numbers again.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined is compiled without the processor's vector instructions"
)]
#![expect(
    clippy::cast_sign_loss,
    reason = "a zero lies between the least, below 0, and the greatest"
)]

use rten_simd::ops::{BitOps, FloatOps, NarrowSaturate, NumOps, ToFloat};
use rten_simd::{Isa, Simd, SimdOp, SimdUnaryOp};
use rten_vecmath::Gelu;

/// Widths must be a multiple of it: the bytes of the widest vector there is.
pub(super) const LANES: usize = 64;

/// A matrix of activations as bytes. Each row has a scale and a zero of its own, so that one
/// outlying token costs the others nothing.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    pub(super) values: Vec<u8>,
    pub(super) scales: Vec<f32>,
    pub(super) zeros: Vec<u8>,
}

impl Bytes {
    pub(super) fn resize(&mut self, rows: usize, width: usize) {
        self.values.resize(rows * width, 0);
        self.scales.resize(rows, 0.0);
        self.zeros.resize(rows, 0);
    }
}

/// A product of bytes, and what makes numbers of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Product<'a> {
    pub(super) sums: &'a [i32],
    /// Scales of the rows.
    pub(super) row_scales: &'a [f32],
    /// The bytes of the rows that stand for zero.
    pub(super) row_zeros: &'a [u8],
    pub(super) columns: &'a Columns,
}

/// What makes numbers of the columns of a product.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) scales: Vec<f32>,
    /// The sum of each column of the matrix: what a zero that is not byte 0 adds too much, times it.
    pub(super) totals: Vec<f32>,
    /// What is added.
    pub(super) bias: Vec<f32>,
}

/// Numbers to bytes, row by row.
pub(super) struct ToBytes<'a> {
    pub(super) numbers: &'a [f32],
    pub(super) width: usize,
    /// The largest byte to be used.
    pub(super) most: u8,
    pub(super) bytes: &'a mut Bytes,
}

impl SimdOp for ToBytes<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let rows = self.numbers.chunks_exact(self.width);
        for (place, (row, bytes)) in
            rows.zip(self.bytes.values.chunks_exact_mut(self.width)).enumerate()
        {
            let mut range = Range::new(isa);
            for chunk in row.chunks_exact(ops.len()) {
                range.see(isa, ops.load(chunk));
            }
            let (scale, zero) = range.scale_and_zero(self.most);
            write_bytes(isa, row, scale, zero, bytes);
            (self.bytes.scales[place], self.bytes.zeros[place]) = (scale, zero);
        }
    }
}

/// A product to numbers.
pub(super) struct ToNumbers<'a> {
    pub(super) product: Product<'a>,
    pub(super) numbers: &'a mut [f32],
}

impl SimdOp for ToNumbers<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let width = self.product.columns.bias.len();
        for (place, row) in self.numbers.chunks_exact_mut(width).enumerate() {
            for (from, chunk) in (0..width).step_by(ops.len()).zip(row.chunks_exact_mut(ops.len()))
            {
                ops.store(self.product.at(isa, place, from), chunk);
            }
        }
    }
}

/// A product through GELU to bytes.
pub(super) struct GeluToBytes<'a> {
    pub(super) product: Product<'a>,
    pub(super) most: u8,
    /// Room for one row.
    pub(super) row: &'a mut [f32],
    pub(super) bytes: &'a mut Bytes,
}

impl SimdOp for GeluToBytes<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let width = self.product.columns.bias.len();
        for (place, bytes) in self.bytes.values.chunks_exact_mut(width).enumerate() {
            let mut range = Range::new(isa);
            for (from, chunk) in
                (0..width).step_by(ops.len()).zip(self.row.chunks_exact_mut(ops.len()))
            {
                let value = Gelu {}.eval(isa, self.product.at(isa, place, from));
                range.see(isa, value);
                ops.store(value, chunk);
            }
            let (scale, zero) = range.scale_and_zero(self.most);
            write_bytes(isa, self.row, scale, zero, bytes);
            (self.bytes.scales[place], self.bytes.zeros[place]) = (scale, zero);
        }
    }
}

/// What a layer normalisation multiplies each column with, and adds to it.
#[derive(Debug, Clone, Default)]
pub(super) struct Norm {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

/// Adds a product to the states, if there is one, normalises them, and writes them as bytes, too.
pub(super) struct Normalise<'a> {
    pub(super) product: Option<Product<'a>>,
    pub(super) norm: &'a Norm,
    pub(super) most: u8,
    pub(super) states: &'a mut [f32],
    pub(super) bytes: &'a mut Bytes,
}

/// Added to the variance; the same number as in the published model.
const EPSILON: f32 = 1e-12;

impl SimdOp for Normalise<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let width = self.norm.weight.len();
        let rows = self.states.chunks_exact_mut(width);
        for (place, (row, bytes)) in rows.zip(self.bytes.values.chunks_exact_mut(width)).enumerate()
        {
            let mut sum = ops.zero();
            for (from, chunk) in (0..width).step_by(ops.len()).zip(row.chunks_exact_mut(ops.len()))
            {
                let mut value = ops.load(chunk);
                if let Some(product) = &self.product {
                    value = ops.add(value, product.at(isa, place, from));
                    ops.store(value, chunk);
                }
                sum = ops.add(sum, value);
            }
            let mean = ops.splat(ops.sum(sum) / width as f32);
            let mut squares = ops.zero();
            for chunk in row.chunks_exact(ops.len()) {
                let off = ops.sub(ops.load(chunk), mean);
                squares = ops.mul_add(off, off, squares);
            }
            let factor = ops.splat(1.0 / (ops.sum(squares) / width as f32 + EPSILON).sqrt());

            let mut range = Range::new(isa);
            for (from, chunk) in (0..width).step_by(ops.len()).zip(row.chunks_exact_mut(ops.len()))
            {
                let weight = ops.mul(factor, ops.load(&self.norm.weight[from..]));
                let off = ops.sub(ops.load(chunk), mean);
                let value = ops.mul_add(off, weight, ops.load(&self.norm.bias[from..]));
                range.see(isa, value);
                ops.store(value, chunk);
            }
            let (scale, zero) = range.scale_and_zero(self.most);
            write_bytes(isa, row, scale, zero, bytes);
            (self.bytes.scales[place], self.bytes.zeros[place]) = (scale, zero);
        }
    }
}

impl Product<'_> {
    /// The numbers of a row from this column on, as many as a vector holds.
    #[inline(always)]
    fn at<I: Isa>(&self, isa: I, row: usize, from: usize) -> I::F32 {
        let ops = isa.f32();
        let Columns { scales, totals, bias } = self.columns;
        let sums = isa.i32().load(&self.sums[row * bias.len() + from..]);
        let zero = ops.splat(-f32::from(self.row_zeros[row]));
        let sums = ops.mul_add(zero, ops.load(&totals[from..]), isa.i32().to_float(sums));
        let scale = ops.mul(ops.splat(self.row_scales[row]), ops.load(&scales[from..]));
        ops.mul_add(sums, scale, ops.load(&bias[from..]))
    }
}

/// The least and the greatest of the numbers of a row; zero is always between them.
struct Range<V> {
    least: V,
    greatest: V,
}

impl<V: Simd<Elem = f32>> Range<V> {
    #[inline(always)]
    fn new<I: Isa<F32 = V>>(isa: I) -> Self {
        Self { least: isa.f32().zero(), greatest: isa.f32().zero() }
    }

    #[inline(always)]
    fn see<I: Isa<F32 = V>>(&mut self, isa: I, value: V) {
        self.least = isa.f32().min(self.least, value);
        self.greatest = isa.f32().max(self.greatest, value);
    }

    /// The scale and the zero by which bytes from 0 to `most` reach from the least to the greatest.
    #[inline(always)]
    fn scale_and_zero(self, most: u8) -> (f32, u8) {
        let least = self.least.to_array().into_iter().fold(0.0, f32::min);
        let greatest = self.greatest.to_array().into_iter().fold(0.0, f32::max);
        let scale = (greatest - least) / f32::from(most);
        if !scale.is_normal() {
            return (1.0, 0);
        }
        (scale, (-least / scale).round_ties_even() as u8)
    }
}

/// `width` is a multiple of [`LANES`], hence of four vectors of floats on every processor.
#[inline(always)]
fn write_bytes<I: Isa>(isa: I, row: &[f32], scale: f32, zero: u8, bytes: &mut [u8]) {
    let (floats, whole, short) = (isa.f32(), isa.i32(), isa.i16());
    let step = floats.len() * 4;
    let factor = floats.splat(1.0 / scale);
    let zero = whole.splat(i32::from(zero));
    for (four, out) in row.chunks_exact(step).zip(bytes.chunks_exact_mut(step)) {
        let [a, b, c, d] = floats
            .load_many::<4>(four)
            .map(|value| whole.add(floats.to_int_round(floats.mul(value, factor)), zero));
        let low = whole.narrow_saturate(a, b);
        let high = whole.narrow_saturate(c, d);
        isa.u8().store(short.narrow_saturate(low, high), out);
    }
}

#[cfg(test)]
mod tests {
    use rten_simd::isa::GenericIsa;
    #[cfg(target_arch = "x86_64")]
    use rten_simd::isa::{Avx2Isa, Avx512Isa};

    use super::*;

    const ROWS: usize = 3;
    const WIDTH: usize = 2 * LANES;

    /// Runs the same with every set of instructions that this processor has, not only the widest.
    macro_rules! with_each {
        ($op:expr, $check:expr) => {
            $op.eval(GenericIsa::new());
            $check("generic");
            #[cfg(target_arch = "x86_64")]
            {
                if let Some(isa) = Avx2Isa::new() {
                    $op.eval(isa);
                    $check("AVX2");
                }
                if let Some(isa) = Avx512Isa::new() {
                    $op.eval(isa);
                    $check("AVX-512");
                }
            }
        };
    }

    fn numbers(count: usize, size: f32) -> Vec<f32> {
        (0..count).map(|n| ((n * 7_919 % 1_013) as f32 / 506.5 - 1.0) * size).collect()
    }

    fn columns() -> Columns {
        Columns {
            scales: numbers(WIDTH, 0.01),
            totals: (0..WIDTH).map(|n| (n % 90) as f32 - 45.0).collect(),
            bias: numbers(WIDTH, 0.3),
        }
    }

    /// The numbers of a product, one by one.
    fn plain(product: &Product<'_>) -> Vec<f32> {
        let Columns { scales, totals, bias } = product.columns;
        (0..ROWS * WIDTH)
            .map(|place| {
                let (row, column) = (place / WIDTH, place % WIDTH);
                let zero = f32::from(product.row_zeros[row]) * totals[column];
                (product.sums[place] as f32 - zero) * product.row_scales[row] * scales[column]
                    + bias[column]
            })
            .collect()
    }

    fn gelu(x: f32) -> f32 {
        let cubed = x + 0.044_715 * x.powi(3);
        0.5 * x * (1.0 + (0.797_884_6 * cubed).tanh())
    }

    fn assert_near(found: &[f32], expected: &[f32], tolerance: f32, isa: &str) {
        for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
            assert!((found - expected).abs() <= tolerance, "{isa}, {place}: {found} {expected}");
        }
    }

    /// What bytes stand for.
    fn back(bytes: &Bytes) -> Vec<f32> {
        let rows = bytes.values.chunks(WIDTH).zip(&bytes.scales).zip(&bytes.zeros);
        rows.flat_map(|((row, scale), zero)| {
            row.iter().map(move |byte| (f32::from(*byte) - f32::from(*zero)) * scale)
        })
        .collect()
    }

    fn normalised(row: &[f32], norm: &Norm) -> Vec<f32> {
        let mean = row.iter().sum::<f32>() / WIDTH as f32;
        let spread = row.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / WIDTH as f32;
        let scaled = row.iter().zip(&norm.weight).zip(&norm.bias);
        scaled.map(|((x, weight), bias)| (x - mean) / spread.sqrt() * weight + bias).collect()
    }

    #[test]
    fn every_set_of_instructions_gives_the_same_numbers() {
        let columns = columns();
        let sums: Vec<i32> = (0..).map(|n| n * 31 % 5_000 - 2_500).take(ROWS * WIDTH).collect();
        let (row_scales, row_zeros) = ([0.02, 0.5, 0.001], [0, 128, 255]);
        let product = Product {
            sums: &sums,
            row_scales: &row_scales,
            row_zeros: &row_zeros,
            columns: &columns,
        };
        let expected = plain(&product);

        let mut found = vec![0.0; ROWS * WIDTH];
        with_each!(ToNumbers { product, numbers: &mut found }, |isa| {
            assert_near(&found, &expected, 1e-3, isa);
        });

        for most in [127, u8::MAX] {
            let mut bytes = Bytes::default();
            bytes.resize(ROWS, WIDTH);
            with_each!(
                ToBytes { numbers: &expected, width: WIDTH, most, bytes: &mut bytes },
                |isa: &str| {
                    assert!(bytes.values.iter().all(|byte| *byte <= most), "{isa}");
                    let step = bytes.scales.iter().copied().fold(0.0, f32::max);
                    assert_near(&back(&bytes), &expected, step, isa);
                }
            );

            let mut row = vec![0.0; WIDTH];
            let through: Vec<f32> = expected.iter().map(|x| gelu(*x)).collect();
            with_each!(
                GeluToBytes { product, most, row: &mut row, bytes: &mut bytes },
                |isa: &str| {
                    let step = bytes.scales.iter().copied().fold(0.0, f32::max);
                    assert_near(&back(&bytes), &through, step + 5e-4, isa);
                }
            );

            let norm = Norm { weight: numbers(WIDTH, 2.0), bias: numbers(WIDTH, 0.5) };
            let states = numbers(ROWS * WIDTH, 3.0);
            let summed: Vec<f32> = states.iter().zip(&expected).map(|(a, b)| a + b).collect();
            let expected: Vec<f32> =
                summed.chunks(WIDTH).flat_map(|row| normalised(row, &norm)).collect();
            let mut changed = states.clone();
            with_each!(
                {
                    changed.clone_from(&states);
                    let (states, bytes) = (&mut changed, &mut bytes);
                    Normalise { product: Some(product), norm: &norm, most, states, bytes }
                },
                |isa: &str| {
                    assert_near(&changed, &expected, 1e-3, isa);
                    let step = bytes.scales.iter().copied().fold(0.0, f32::max);
                    assert_near(&back(&bytes), &expected, step, isa);
                }
            );
        }
    }

    #[test]
    fn numbers_of_no_size_become_zeros_whatever_computes_them() {
        let numbers = vec![0.0; WIDTH];
        let mut bytes = Bytes::default();
        bytes.resize(1, WIDTH);
        with_each!(
            ToBytes { numbers: &numbers, width: WIDTH, most: 255, bytes: &mut bytes },
            |isa: &str| assert_eq!(back(&bytes), numbers, "{isa}")
        );
    }
}
