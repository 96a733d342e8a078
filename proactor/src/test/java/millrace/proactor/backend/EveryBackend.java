package millrace.proactor.backend;

import java.util.Arrays;
import java.util.List;
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
                    .map(transport -> new Invocation(backend, transport)));
  }

  private record Invocation(BackendUnderTest backend, Transport transport)
      implements ClassTemplateInvocationContext {

    @Override
    public String getDisplayName(int invocationIndex) {
      return backend + " " + transport;
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      BeforeClassTemplateInvocationCallback before =
          context -> {
            backend.makeDefault();
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
