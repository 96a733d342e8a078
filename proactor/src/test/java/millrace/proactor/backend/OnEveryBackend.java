package millrace.proactor.backend;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import millrace.proactor.Transport;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/** Runs all tests of a class once on each backend of the operating system. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ClassTemplate
@ExtendWith(EveryBackend.class)
public @interface OnEveryBackend {

  /** The backends. */
  BackendUnderTest[] value() default {
    BackendUnderTest.IO_URING, BackendUnderTest.EPOLL, BackendUnderTest.EPOLL_LEVEL_TRIGGERED
  };

  /** What connections go over, on each of the backends. */
  Transport[] transports() default {Transport.TCP};
}
