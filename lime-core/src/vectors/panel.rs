//! What a block of rows adds to the sums of a panel, by tables of subsets of which some stand in registers and the others in memory.
#![allow(unsafe_code)]

use super::look_up::{GROUP, LookUp};
use crate::products::{LANES, Lanes};

/// Rows of a block: a bit each of a code.
pub(crate) const BLOCK: usize = u32::BITS as usize;

/// How many rows each group of a block has, one after the other. The larger a group, the fewer look-ups, and the longer its table.
pub(crate) type Groups = [usize];
/// For few columns and targets: as [`LookUp`] has them for these.
pub(crate) const FOURS: &Groups = &[4; 8];
/// For many.
pub(crate) const FIVES: &Groups = &[4, 4, 5, 5, 5, 5, 4];

/// For each group one after the other, and in it for each subset of its rows, of which the first is the lowest bit: the subset's sum for each
/// column of a panel. 22 KiB, by which the sums pass in any processor's innermost cache.
pub(crate) type Tables = [Lanes; TABLES];
pub(crate) const TABLES: usize = entries(FIVES);

/// The entries of these groups' tables, which are of all rows of a block.
const fn entries(groups: &Groups) -> usize {
    let (mut rows, mut entries, mut at) = (0, 0, 0);
    while at < groups.len() {
        rows += groups[at];
        entries += 1 << groups[at];
        at += 1;
    }
    assert!(rows == BLOCK);
    entries
}

const _: () = assert!(entries(FOURS) <= TABLES);

/// Some rows and, as far as they have a value, a panel's columns.
pub(crate) struct Block<'a> {
    /// 0 for rows that there are not.
    pub(crate) weight: &'a [f64; BLOCK],
    /// Of each column of the panel, which rows have its value: a bit a row.
    pub(crate) lanes: &'a [u64; LANES],
    /// What the rows have in columns of any values, of which a lane has no bit; 0 in the lanes that have bits. None where all lanes are columns
    /// of two values.
    pub(crate) others: Option<&'a [[f64; LANES]; BLOCK]>,
    /// Of each left column, which rows have its value: none that there is not, whatever the others are there.
    pub(crate) codes: &'a [u32],
    /// Whether the sums start here, and whether they end.
    pub(crate) first: bool,
    pub(crate) last: bool,
}

/// Where a panel's sums go, one for each left column: from block to block, and after the last one to the panel's entries.
pub(crate) struct Sums<'a> {
    pub(crate) sums: &'a mut [Lanes],
    pub(crate) entries: &'a mut [Lanes],
    /// The values of the left columns and of the panel's, by which the sums are multiplied. A left column without its value has nothing to add.
    pub(crate) left: &'a [f64],
    pub(crate) right: &'a [f64; LANES],
}

/// Adds to each sum, for each column of the panel, the weights of the rows that have both columns' values, and the others' values in the rows
/// that have the left one's: group by group, the sum of each first. `tables` is memory to work in.
#[inline(always)]
pub(crate) fn add_block(groups: &Groups, block: &Block<'_>, tables: &mut Tables, to: &mut Sums<'_>) {
    let Block { weight, lanes, others, codes, first, last } = *block;
    let (mut row, mut rest) = (0, &mut tables[..]);
    for &rows in groups {
        let (table, later) = rest.split_at_mut(1 << rows);
        rest = later;
        table[0] = Lanes::ZERO;
        for bit in 0..rows {
            // All bits of the weight or none of them: that is one instruction for several lanes, and any processor has it.
            let own = weight[row].to_bits();
            let mut right = Lanes(lanes.map(|code| f64::from_bits(own & (code >> row & 1).wrapping_neg())));
            if let Some(others) = others {
                right.add(&Lanes(others[row]));
            }
            let (without, with) = table.split_at_mut(1 << bit);
            for (with, without) in with.iter_mut().zip(without.iter()) {
                let mut sum = *without;
                sum.add(&right);
                *with = sum;
            }
            row += 1;
        }
    }
    match (first, last) {
        (true, true) => add_tables::<true, true>(groups, codes, tables, to),
        (true, false) => add_tables::<true, false>(groups, codes, tables, to),
        (false, true) => add_tables::<false, true>(groups, codes, tables, to),
        (false, false) => add_tables::<false, false>(groups, codes, tables, to),
    }
}

/// Adds to each sum what the tables have of its code.
#[inline(always)]
fn add_tables<const FIRST: bool, const LAST: bool>(groups: &Groups, codes: &[u32], tables: &Tables, to: &mut Sums<'_>) {
    let Sums { sums, entries, left, right } = to;
    for (((sum, entry), &left), &code) in sums.iter_mut().zip(entries.iter_mut()).zip(*left).zip(codes) {
        let (mut inside, mut code) = (if FIRST { Lanes::ZERO } else { *sum }, code as usize);
        let mut from = 0;
        for &rows in groups {
            inside.add(&tables[from + code % (1 << rows)]);
            from += 1 << rows;
            code >>= rows;
        }
        if !LAST {
            *sum = inside;
        } else if left != 0.0 {
            entry.add_scaled(0, &inside.0, left, right);
        }
    }
}

impl LookUp {
    /// The same for many columns, in [`FIVES`], with some of the tables in registers.
    pub(crate) fn add_block(self, block: &Block<'_>, tables: &mut Tables, to: &mut Sums<'_>) {
        #[cfg(target_arch = "x86_64")]
        if self.in_registers() {
            // SAFETY: `detect` has found AVX-512F.
            return unsafe { avx512::add_block(block, tables, to) };
        }
        add_block(FIVES, block, tables, to);
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        __m512d, __m512i, _mm512_add_pd, _mm512_and_si512, _mm512_fmadd_pd, _mm512_loadu_si512, _mm512_maskz_mov_pd,
        _mm512_mul_pd, _mm512_permutex2var_pd, _mm512_set1_epi64, _mm512_set1_pd, _mm512_setzero_pd, _mm512_srli_epi64,
        _mm512_storeu_pd, _mm512_test_epi64_mask,
    };
    use std::hint::black_box;

    use super::super::look_up::avx512::{halves, numbers};
    use super::{BLOCK, Block, FIVES, GROUP, LANES, Lanes, Sums, Tables};

    /// Groups that are looked up in registers, the first ones: so what loads and what computes have about as much to do.
    const IN_REGISTERS: usize = 2;

    // Groups have tables of 16 numbers in registers, and of 16 or 32 entries in memory.
    const _: () = {
        let mut at = 0;
        while at < FIVES.len() {
            assert!(FIVES[at] == GROUP || at >= IN_REGISTERS && FIVES[at] == GROUP + 1);
            at += 1;
        }
    };

    /// A number for each column of a panel.
    type Two = [__m512d; 2];

    #[target_feature(enable = "avx512f")]
    pub(super) fn add_block(block: &Block<'_>, tables: &mut Tables, to: &mut Sums<'_>) {
        // What columns of any values have is in no table of weights.
        if block.others.is_some() {
            add_from::<0>(block, tables, to);
        } else {
            add_from::<IN_REGISTERS>(block, tables, to);
        }
    }

    /// With so many groups in registers.
    #[target_feature(enable = "avx512f")]
    fn add_from<const N: usize>(block: &Block<'_>, tables: &mut Tables, to: &mut Sums<'_>) {
        match (block.first, block.last) {
            (true, true) => add::<N, true, true>(block, tables, to),
            (true, false) => add::<N, true, false>(block, tables, to),
            (false, true) => add::<N, false, true>(block, tables, to),
            (false, false) => add::<N, false, false>(block, tables, to),
        }
    }

    #[target_feature(enable = "avx512f")]
    fn add<const N: usize, const FIRST: bool, const LAST: bool>(
        block: &Block<'_>,
        tables: &mut Tables,
        to: &mut Sums<'_>,
    ) {
        let &Block { weight, lanes, others, codes, .. } = block;
        let lanes = bits(lanes);
        let mut weights = [[_mm512_setzero_pd(); 2]; N];
        for (weights, weight) in weights.iter_mut().zip(weight.as_chunks::<GROUP>().0) {
            *weights = of_weights(*weight);
        }
        let (mut row, mut rest) = (N * GROUP, &mut tables[..]);
        for &rows in &FIVES[N..] {
            let (table, later) = rest.split_at_mut(1 << rows);
            if rows > GROUP {
                if let Some(table) = table.first_chunk_mut::<{ 2 << GROUP }>() {
                    of_panel(row, weight, lanes, others, table);
                }
            } else if let Some(table) = table.first_chunk_mut::<{ 1 << GROUP }>() {
                of_panel(row, weight, lanes, others, table);
            }
            rest = later;
            row += rows;
        }
        // One that the compiler does not know to be one: a product with it leaves an addition's bits, and half of the additions are computed
        // elsewhere than the other half.
        let one = _mm512_set1_pd(black_box(1.0));
        let Sums { sums, entries, left, right } = to;
        let right = halves(right);
        for (((sum, entry), &left), &code) in sums.iter_mut().zip(entries.iter_mut()).zip(*left).zip(codes) {
            let [mut low, mut high] = if FIRST { [_mm512_setzero_pd(); 2] } else { halves(&sum.0) };
            let own = _mm512_set1_epi64(i64::from(code));
            let mut common = lanes.map(|lanes| _mm512_and_si512(lanes, own));
            for [weights, more] in weights {
                low = _mm512_add_pd(low, _mm512_permutex2var_pd(weights, common[0], more));
                high = _mm512_add_pd(high, _mm512_permutex2var_pd(weights, common[1], more));
                common = common.map(|common| _mm512_srli_epi64::<{ GROUP as u32 }>(common));
            }
            let (mut code, mut from) = (code as usize >> (N * GROUP), 0);
            for (at, &rows) in FIVES[N..].iter().enumerate() {
                let [more_low, more_high] = halves(&tables[from + code % (1 << rows)].0);
                if at % 2 == 0 {
                    low = _mm512_fmadd_pd(one, more_low, low);
                    high = _mm512_fmadd_pd(one, more_high, high);
                } else {
                    low = _mm512_add_pd(low, more_low);
                    high = _mm512_add_pd(high, more_high);
                }
                from += 1 << rows;
                code >>= rows;
            }
            if !LAST {
                store(sum, [low, high]);
            } else if left != 0.0 {
                let [entry_low, entry_high] = halves(&entry.0);
                let left = _mm512_set1_pd(left);
                low = _mm512_mul_pd(left, _mm512_mul_pd(right[0], low));
                high = _mm512_mul_pd(left, _mm512_mul_pd(right[1], high));
                store(entry, [_mm512_add_pd(entry_low, low), _mm512_add_pd(entry_high, high)]);
            }
        }
    }

    /// The sums of all subsets of four weights.
    #[target_feature(enable = "avx512f")]
    fn of_weights([a, b, c, d]: [f64; GROUP]) -> Two {
        let without = [0.0, a, b, a + b, c, a + c, b + c, a + b + c];
        let low = numbers(&without);
        [low, _mm512_add_pd(low, _mm512_set1_pd(d))]
    }

    /// The sums of all subsets of four or five rows for each column of a panel; `row` is the first.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn of_panel<const SUBSETS: usize>(
        row: usize,
        weight: &[f64; BLOCK],
        lanes: [__m512i; 2],
        others: Option<&[[f64; LANES]; BLOCK]>,
        table: &mut [Lanes; SUBSETS],
    ) {
        for (half, lanes) in lanes.into_iter().enumerate() {
            let value = |row: usize| {
                let has = _mm512_test_epi64_mask(lanes, _mm512_set1_epi64(1 << row));
                let weights = _mm512_maskz_mov_pd(has, _mm512_set1_pd(weight[row]));
                others.map_or(weights, |others| _mm512_add_pd(weights, halves(&others[row])[half]))
            };
            let (a, b, c, d) = (value(row), value(row + 1), value(row + 2), value(row + 3));
            let (ab, ac, bc) = (_mm512_add_pd(a, b), _mm512_add_pd(a, c), _mm512_add_pd(b, c));
            let without = [_mm512_setzero_pd(), a, b, ab, c, ac, bc, _mm512_add_pd(ab, c)];
            for (at, sum) in without.into_iter().enumerate() {
                store_half(&mut table[at], half, sum);
                store_half(&mut table[8 + at], half, _mm512_add_pd(sum, d));
            }
            if SUBSETS > 16 {
                let e = value(row + 4);
                for (at, sum) in without.into_iter().enumerate() {
                    store_half(&mut table[16 + at], half, _mm512_add_pd(sum, e));
                    store_half(&mut table[24 + at], half, _mm512_add_pd(_mm512_add_pd(sum, d), e));
                }
            }
        }
    }

    #[target_feature(enable = "avx512f")]
    fn bits(of: &[u64; LANES]) -> [__m512i; 2] {
        // SAFETY: eight of the sixteen from the first on, and from the ninth on.
        unsafe { [_mm512_loadu_si512(of.as_ptr().cast()), _mm512_loadu_si512(of.as_ptr().add(LANES / 2).cast())] }
    }

    #[target_feature(enable = "avx512f")]
    fn store(to: &mut Lanes, [low, high]: Two) {
        store_half(to, 0, low);
        store_half(to, 1, high);
    }

    #[target_feature(enable = "avx512f")]
    fn store_half(to: &mut Lanes, half: usize, sums: __m512d) {
        if let Some(to) = to.0.as_chunks_mut::<{ LANES / 2 }>().0.get_mut(half) {
            // SAFETY: they are eight.
            unsafe { _mm512_storeu_pd(to.as_mut_ptr(), sums) };
        }
    }
}
