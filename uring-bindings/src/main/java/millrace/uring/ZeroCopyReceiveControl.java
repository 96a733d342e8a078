package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.zcrx_ctrl;
import millrace.uring.abi.zcrx_ctrl_add_area;
import millrace.uring.abi.zcrx_ctrl_arm_event;

/** The arguments of IORING_REGISTER_ZCRX_CTRL: io_uring_register_zcrx_ctrl(3). */
final class ZeroCopyReceiveControl {
  private ZeroCopyReceiveControl() {}

  static MemorySegment flush(Arena arena, int id) {
    return argument(arena, id, IoUring.ZCRX_CTRL_FLUSH_RQ());
  }

  static MemorySegment export(Arena arena, int id) {
    return argument(arena, id, IoUring.ZCRX_CTRL_EXPORT());
  }

  static MemorySegment armEvent(Arena arena, int id, ZeroCopyReceiveEvent event) {
    MemorySegment argument = argument(arena, id, IoUring.ZCRX_CTRL_ARM_EVENT());
    zcrx_ctrl_arm_event.event_type(zcrx_ctrl.zc_arm_event(argument), event.code());
    return argument;
  }

  static MemorySegment addArea(Arena arena, int id, long areaAddress) {
    MemorySegment argument = argument(arena, id, IoUring.ZCRX_CTRL_ADD_AREA());
    zcrx_ctrl_add_area.area_ptr(zcrx_ctrl.zc_area(argument), areaAddress);
    return argument;
  }

  static int call(Ring ring, MemorySegment argument) {
    return ring.register(IoUring.IORING_REGISTER_ZCRX_CTRL(), argument, 0);
  }

  private static MemorySegment argument(Arena arena, int id, int operation) {
    MemorySegment argument = arena.allocate(zcrx_ctrl.layout());
    zcrx_ctrl.zcrx_id(argument, id);
    zcrx_ctrl.op(argument, operation);
    return argument;
  }
}
