package millrace.proactor.backend;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import millrace.proactor.Transport;
import org.junit.jupiter.api.extension.AfterClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.BeforeClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContext;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContextProvider;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Behind {@link OnEveryBackend}. */
final class EveryBackend implements ClassTemplateInvocationContextProvider {

  /** One seed instead of those below. */
  private static final String SEED_PROPERTY = "millrace.test.seed";

  /** Each is another world, with other latencies, sizes of buffers and delays of completions. */
  private static final long[] SEEDS = {7, 8, 11, 12, 18};

  @Override
  public boolean supportsClassTemplate(ExtensionContext context) {
    return true;
  }

  @Override
  public Stream<ClassTemplateInvocationContext> provideClassTemplateInvocationContexts(
      ExtensionContext context) {
    OnEveryBackend annotation =
        AnnotationSupport.findAnnotation(context.getRequiredTestClass(), OnEveryBackend.class)
            .orElseThrow();
    return Arrays.stream(annotation.value())
        .flatMap(
            backend ->
                Arrays.stream(annotation.transports())
                    .flatMap(transport -> invocations(backend, transport)));
  }

  private static Stream<Invocation> invocations(BackendUnderTest backend, Transport transport) {
    return backend == BackendUnderTest.SIMULATED
        ? seeds().mapToObj(seed -> new Invocation(backend, transport, seed))
        : Stream.of(new Invocation(backend, transport, 0));
  }

  private static LongStream seeds() {
    Long seed = Long.getLong(SEED_PROPERTY);
    return seed == null ? LongStream.of(SEEDS) : LongStream.of(seed);
  }

  private record Invocation(BackendUnderTest backend, Transport transport, long seed)
      implements ClassTemplateInvocationContext {

    @Override
    public String getDisplayName(int invocationIndex) {
      String seeded = backend == BackendUnderTest.SIMULATED ? " seed " + seed : "";
      return backend + " " + transport + seeded;
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      BeforeClassTemplateInvocationCallback before =
          context -> {
            backend.makeDefault(seed);
            transport.makeCurrent();
          };
      AfterClassTemplateInvocationCallback after =
          context -> {
            BackendUnderTest.resetDefault();
            Transport.TCP.makeCurrent();
          };
      return List.of(before, after);
    }
  }
}
