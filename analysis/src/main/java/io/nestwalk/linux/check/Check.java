package io.nestwalk.linux.check;

/** One way of looking for what was changed in a kernel. */
interface Check {

  /** The name in answers. */
  String rule();

  /** Why what it finds matters. */
  String reason();

  /** Looks. */
  void run(Inspection inspection);
}
