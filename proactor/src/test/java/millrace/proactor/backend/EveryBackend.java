package millrace.proactor.backend;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
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
    return Arrays.stream(annotation.value()).map(Invocation::new);
  }

  private record Invocation(BackendUnderTest backend) implements ClassTemplateInvocationContext {

    @Override
    public String getDisplayName(int invocationIndex) {
      return backend.toString();
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      BeforeClassTemplateInvocationCallback before = context -> backend.makeDefault();
      AfterClassTemplateInvocationCallback after = context -> BackendUnderTest.resetDefault();
      return List.of(before, after);
    }
  }
}
