package io.nestwalk.control;

/**
 * A field of a control structure, or a control register.
 *
 * @param name as the manuals and KVM's source have it, in small letters: "guest_cr3"
 * @param offset in its structure, -1 for a register
 * @param bytes how wide it is
 * @param value its value
 * @param meaning what the value says, empty where it is a number and no more
 */
public record ControlField(String name, int offset, int bytes, long value, String meaning) {

  /** Whose state it is: "guest", "host", "exit" or "control". */
  public String group() {
    if (name.startsWith("guest_")
        && !name.equals("guest_physical_address")
        && !name.equals("guest_linear_address")
        && !name.equals("guest_asid")) {
      return "guest";
    }
    if (name.startsWith("host_")) {
      return "host";
    }
    return isExit() ? "exit" : "control";
  }

  private boolean isExit() {
    return switch (name) {
      case "guest_physical_address",
          "guest_linear_address",
          "exit_qualification",
          "vm_instruction_error",
          "vm_exit_reason",
          "vm_exit_intr_info",
          "vm_exit_intr_error_code",
          "idt_vectoring_info_field",
          "idt_vectoring_error_code",
          "vm_exit_instruction_len",
          "vmx_instruction_info",
          "nrip" ->
          true;
      default -> name.startsWith("exit");
    };
  }
}
