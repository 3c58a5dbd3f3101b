//! Owns the inner loop of the bootstrap: sums of columns over units, each unit counted as often as it was drawn
//! (section H). Knows nothing of versions or metrics.

/// Columns of one value per unit, kept as rows of a width known to the compiler: with a width known only at run time
/// the accumulators leave the registers and the loop is several times slower.
#[derive(Clone, Debug)]
pub struct UnitSums {
    blocks: Vec<Block>,
}

/// Rows padded with zeros to one of five widths; more than 64 columns make several blocks.
#[derive(Clone, Debug)]
enum Block {
    W8(Vec<[f64; 8]>),
    W16(Vec<[f64; 16]>),
    W24(Vec<[f64; 24]>),
    W32(Vec<[f64; 32]>),
    W64(Vec<[f64; 64]>),
}

const WIDEST: usize = 64;

impl UnitSums {
    /// From columns of equal length, one value per unit.
    pub fn new(columns: &[Vec<f64>]) -> Self {
        let block = |columns: &[Vec<f64>]| match columns.len() {
            0..=8 => Block::W8(rows(columns)),
            9..=16 => Block::W16(rows(columns)),
            17..=24 => Block::W24(rows(columns)),
            25..=32 => Block::W32(rows(columns)),
            _ => Block::W64(rows(columns)),
        };
        Self { blocks: columns.chunks(WIDEST).map(block).collect() }
    }

    /// `sum_g counts_g column_g` of each column into `out`, which starts empty; entries past the last column are
    /// padding. Units in order, so the same counts give the same bits.
    pub fn weighted(&self, counts: &[u16], out: &mut Vec<f64>) {
        out.clear();
        for block in &self.blocks {
            match block {
                Block::W8(rows) => out.extend(weighted(rows, counts)),
                Block::W16(rows) => out.extend(weighted(rows, counts)),
                Block::W24(rows) => out.extend(weighted(rows, counts)),
                Block::W32(rows) => out.extend(weighted(rows, counts)),
                Block::W64(rows) => out.extend(weighted(rows, counts)),
            }
        }
    }
}

fn rows<const C: usize>(columns: &[Vec<f64>]) -> Vec<[f64; C]> {
    let units = columns.first().map_or(0, Vec::len);
    (0..units).map(|g| std::array::from_fn(|c| columns.get(c).map_or(0.0, |column| column[g]))).collect()
}

fn weighted<const C: usize>(rows: &[[f64; C]], counts: &[u16]) -> [f64; C] {
    let mut totals = [0.0; C];
    for (row, &count) in rows.iter().zip(counts) {
        let times = f64::from(count);
        for (total, value) in totals.iter_mut().zip(row) {
            *total += times * value;
        }
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_sums_every_column() {
        for width in [1, 8, 9, 16, 20, 30, 40, 64, 65, 130] {
            let columns: Vec<Vec<f64>> = (0..width).map(|c| vec![c as f64, 1.0, 10.0]).collect();
            let mut out = vec![99.0];
            UnitSums::new(&columns).weighted(&[2, 0, 3], &mut out);
            let wanted: Vec<f64> = (0..width).map(|c| 2.0 * c as f64 + 30.0).collect();
            assert_eq!(&out[..width.min(64)], &wanted[..width.min(64)]);
            if width > 64 {
                assert_eq!(&out[64..width], &wanted[64..]);
            }
        }
    }
}
