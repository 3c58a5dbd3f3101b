//! Owns doing the pieces of a computation side by side. A piece is computed as it would be alone and results keep their
//! order, so no number of threads changes a bit.

/// Numbers to look at from which a second thread is worth its start.
const WORTH_A_THREAD: usize = 1 << 17;

/// `of(0)`, `of(1)`, … for `pieces` pieces that look at about `work` numbers together; on all cores where that is worth it.
pub fn side_by_side<T: Send>(pieces: usize, work: usize, of: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    on_threads(pieces, if work < WORTH_A_THREAD { 1 } else { cores }, of)
}

fn on_threads<T: Send>(pieces: usize, threads: usize, of: impl Fn(usize) -> T + Sync) -> Vec<T> {
    if threads <= 1 || pieces <= 1 {
        return (0..pieces).map(of).collect();
    }
    let share = pieces.div_ceil(threads);
    let mut results: Vec<Option<T>> = std::iter::repeat_with(|| None).take(pieces).collect();
    let of = &of;
    std::thread::scope(|scope| {
        for (part, results) in results.chunks_mut(share).enumerate() {
            scope.spawn(move || {
                let places = part * share..;
                results.iter_mut().zip(places).for_each(|(result, piece)| *result = Some(of(piece)));
            });
        }
    });
    results.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::on_threads;

    #[test]
    fn pieces_come_in_order_on_any_number_of_threads() {
        for threads in [0, 1, 2, 3, 7, 40] {
            for pieces in [0, 1, 5, 16] {
                let squares: Vec<usize> = (0..pieces).map(|i| i * i).collect();
                assert_eq!(on_threads(pieces, threads, |i| i * i), squares, "{pieces} on {threads}");
            }
        }
    }
}
