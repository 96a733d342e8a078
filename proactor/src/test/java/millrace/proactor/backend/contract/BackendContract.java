package millrace.proactor.backend.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;

/**
 * The tests of a class are sentences of the contract of {@code Backend}: they run on each of them,
 * the simulated one too, except where {@link NotOn} says why not.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@OnEveryBackend({
  BackendUnderTest.IO_URING,
  BackendUnderTest.EPOLL,
  BackendUnderTest.EPOLL_LEVEL_TRIGGERED,
  BackendUnderTest.SIMULATED
})
@interface BackendContract {}
